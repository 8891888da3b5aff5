import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { eventually, otherHosts, queryEditor, visitGraphiql } from './browser.ts';
import { publicSchema, standInGraph } from './stand-in-graph.ts';
import { type GraphqlRequest, webServer } from './web-server.ts';

const schema = publicSchema();

const variables = (page: Page) => page.getByRole('region', { name: 'Variables' }).locator('.view-lines:visible');
const answer = (page: Page) => page.locator('.graphiql-response .view-lines');
const freshness = (page: Page) => page.getByRole('status', { name: 'Freshness' });
const openTab = (page: Page) => page.locator('.graphiql-tab-active');
const isDark = async (page: Page) => (await queryEditor(page).getAttribute('class'))?.includes('vs-dark');

test('GraphiQL opens with examples that run at a keystroke, and asks no other host for anything', async () => {
  await using server = await webServer({ graphql: standInGraph(schema) });
  await using visitor = await visitGraphiql(server.url);
  const { page } = visitor;

  await queryEditor(page).click();
  await page.keyboard.press('Control+Enter');

  await answer(page).getByText('totalCount').waitFor();
  await eventually(() => freshness(page).innerText()).toContain('Fresh');
  expect(await freshness(page).locator('time').getAttribute('datetime')).toBe('2026-01-15T09:30:00.250Z');
  expect(await page.title()).toBe('Skiff');
  expect(otherHosts(visitor.asked, server.url)).toEqual([]);
  expect(visitor.complaints).toEqual([]);
});

test('an answer that is stale says so', async () => {
  await using server = await webServer({ graphql: standInGraph(schema, { stale: true }) });
  await using visitor = await visitGraphiql(server.url);

  await queryEditor(visitor.page).click();
  await visitor.page.keyboard.press('Control+Enter');

  await eventually(() => freshness(visitor.page).innerText()).toContain('Stale');
});

test('an example is found, opened and run by keyboard alone, with an id that is there', async () => {
  const asked: GraphqlRequest[] = [];
  const graph = standInGraph(schema);
  await using server = await webServer({
    graphql: (request) => {
      asked.push(request);
      return graph(request);
    },
  });
  await using visitor = await visitGraphiql(server.url);
  const { page } = visitor;

  await page.getByRole('searchbox', { name: 'Search examples' }).focus();
  await page.keyboard.type('bill of material both');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await eventually(() => openTab(page).innerText()).toContain('BomLineById');
  await eventually(() => variables(page).innerText()).toContain('first-id');
  await page.keyboard.press('Control+Enter');

  await answer(page).getByText('bomName').first().waitFor();
  const { query, variables: sent, headers } = asked.at(-1) ?? {};
  expect(query).toContain('query BomLineById');
  expect(sent).toEqual({ id: 'first-id' });
  expect(headers?.['x-graphql-client']).toBe('graphiql');
  expect(visitor.complaints).toEqual([]);
});

test('an example the deployed schema cannot answer is not offered, neither in the panel nor as a tab', async () => {
  const without = publicSchema(['periodCost', 'periodCosts', 'productionOrder', 'productionOrders']);
  await using server = await webServer({ graphql: standInGraph(without) });
  await using visitor = await visitGraphiql(server.url);
  const { page } = visitor;
  const panel = page.getByRole('region', { name: 'Examples' });

  await panel.getByRole('button', { name: 'stockLevels' }).waitFor();
  await eventually(() => panel.getByRole('button', { name: 'periodCosts' }).count()).toBe(0);

  const tabs = await page.getByRole('tab').allInnerTexts();
  expect(tabs).toContain('DelayedShipmentsBoard');
  expect(tabs).not.toContain('ProductionProgress');
});

test('GraphiQL comes up when the gateway answers nothing', async () => {
  await using server = await webServer({});
  await using visitor = await visitGraphiql(server.url);

  await visitor.page.getByRole('tab', { name: 'DelayedShipmentsBoard' }).waitFor();
});

test('the colours of the editors follow the system while the page is open', async () => {
  await using server = await webServer({ graphql: standInGraph(schema) });
  await using visitor = await visitGraphiql(server.url, { colorScheme: 'dark' });
  const { page } = visitor;
  await queryEditor(page).waitFor();
  expect(await isDark(page)).toBe(true);

  await page.emulateMedia({ colorScheme: 'light' });

  await eventually(() => isDark(page)).toBe(false);
});

test('request headers, which may hold a secret, are gone after a reload', async () => {
  await using server = await webServer({ graphql: standInGraph(schema) });
  await using visitor = await visitGraphiql(server.url);
  const { page } = visitor;
  await page.getByRole('button', { name: 'Headers' }).click();
  await page.getByRole('region', { name: 'Headers' }).locator('.monaco-editor:visible').click();
  await page.keyboard.type('{"authorization":"Bearer secret"');
  await queryEditor(page).click();
  await page.keyboard.press('Control+Enter');
  await answer(page).getByText('totalCount').waitFor();

  await page.reload();
  await queryEditor(page).waitFor();

  expect(await stored(page)).not.toContain('secret');
});

test('the operation is copied as code by keyboard alone', async () => {
  await using server = await webServer({ graphql: standInGraph(schema) });
  await using visitor = await visitGraphiql(server.url, { permissions: ['clipboard-read', 'clipboard-write'] });
  const { page } = visitor;
  const copied = () => page.evaluate<string>('navigator.clipboard.readText()');

  await tabTo(page, 'Show Copy as code');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Copy curl');
  await page.keyboard.press('Enter');
  await eventually(copied).toMatch(/^curl '.*\/graphql'/);
  await tabTo(page, 'Copy Power Query M');
  await page.keyboard.press('Enter');

  await eventually(copied).toContain('Answer[data][delayedShipments][nodes]');
  await page.getByText('not registered').waitFor();
  expect(visitor.complaints).toEqual([]);
});

test('a registered document is opened from the panel, and has an address', async () => {
  const text =
    '# Names of products.\n# @maxStaleness 5s\nquery Names($first: Int = 2) { products(first: $first) { nodes { name } } }';
  const documents = [{ ids: ['product-names', 'f00d'], text }];
  await using server = await webServer({ graphql: standInGraph(schema), documents });
  await using visitor = await visitGraphiql(server.url);
  const { page } = visitor;

  await page.getByRole('button', { name: 'Names of products.' }).click();
  await eventually(() => openTab(page).innerText()).toContain('Names');
  await page.getByRole('button', { name: 'Show Copy as code' }).click();

  const address = page.getByRole('region', { name: 'Address of the document' });
  await eventually(() => address.getByRole('link').getAttribute('href')).toBe(
    `${server.url}/graphql?documentId=product-names`,
  );
});

test('who is not known is asked for a credential, which is sent and stored nowhere', async () => {
  const asked: GraphqlRequest[] = [];
  const graph = standInGraph(schema);
  const graphql = (request: GraphqlRequest) => {
    asked.push(request);
    return graph(request);
  };
  await using server = await webServer({ graphql, token: 'sk_secret' });
  await using visitor = await visitGraphiql(server.url);
  const { page } = visitor;
  const panel = page.getByRole('region', { name: 'Credential' });

  await panel.getByText('This Skiff answers callers it knows.').waitFor();
  await panel.getByRole('textbox').fill('sk_wrong');
  await page.keyboard.press('Enter');
  await panel.getByText('This credential is not known').waitFor();
  await panel.getByRole('textbox').fill('sk_secret');
  await page.keyboard.press('Enter');
  await panel.getByText('Your credential is sent').waitFor();
  await queryEditor(page).click();
  await page.keyboard.press('Control+Enter');
  await answer(page).getByText('totalCount').waitFor();

  expect(asked.at(-1)?.headers.authorization).toBe('Bearer sk_secret');
  expect(await stored(page)).not.toContain('sk_');
  await page.getByRole('button', { name: 'Show Copy as code' }).click();
  await page.getByText('$SKIFF_TOKEN').first().waitFor();
  await page.reload();
  await panel.getByText('This Skiff answers callers it knows.').waitFor();
});

/** Whatever this browser would still know after the page is closed. */
async function stored(page: Page): Promise<string> {
  const state = await page.context().storageState({ indexedDB: true });
  return JSON.stringify([state, await page.evaluate<unknown>('({ ...sessionStorage })')]);
}

/** Goes from control to control until it stands on the one whose name begins so. */
async function tabTo(page: Page, name: string): Promise<void> {
  const focused = () =>
    page.evaluate<string>('document.activeElement.ariaLabel ?? document.activeElement.textContent ?? ""');
  for (let steps = 0; !(await focused()).startsWith(name); steps++) {
    expect(steps, `Tab does not lead to ${name}`).toBeLessThan(100);
    await page.keyboard.press('Tab');
  }
}
