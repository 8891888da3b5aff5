/** The catalogue in a browser, drawn from what a gateway says of its datasets. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authentication } from '../../gateway/authentication.ts';
import { developer } from '../../subgraphs/principal.ts';
import { buildWeb } from '../../web/build.ts';
import { type TestGateway, testGateway } from '../gateway/test-gateway.ts';
import { eventually, otherHosts, visit, visitGraphiql } from './browser.ts';

const pages = fileURLToPath(new URL('../../web/dist/', import.meta.url));

let gateway: TestGateway;
beforeAll(async () => {
  await buildWeb();
  gateway = await testGateway({ pages });
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('a person finds a dataset, sees its rows and copies how to read it, and no other host is asked', async () => {
  const permissions = ['clipboard-read', 'clipboard-write'];
  await using visitor = await visit(`${gateway.url}/data`, { permissions });
  const { page } = visitor;
  const { body } = await gateway.fetch('/data/delayed-shipments');

  await page.getByRole('link', { name: body.title }).click();
  await page.getByRole('heading', { name: body.title }).waitFor();
  await page.getByText(`owned by ${body.owner}`).waitFor();
  const table = (name: string) => page.getByRole('region', { name }).getByRole('row');
  const [, firstRow] = await table('The first rows').allInnerTexts();
  expect(firstRow?.split('\t').slice(0, 2)).toEqual([body.sample[0].id, body.sample[0].shipmentNumber]);
  expect(await table('Columns').count()).toBe(1 + body.columns.length);
  expect(await table('Parameters').count()).toBe(1 + body.parameters.length);
  await page.getByRole('button', { name: 'Copy pandas' }).press('Enter');
  await eventually(() => page.evaluate<string>('navigator.clipboard.readText()')).toContain('pd.read_csv');

  const file = await gateway.fetch(
    (await page.getByRole('link', { name: 'csv', exact: true }).getAttribute('href')) ?? '',
  );
  expect(file.text).toContain(body.sample[0].shipmentNumber);
  expect(otherHosts(visitor.asked, gateway.url)).toEqual([]);
  expect(visitor.complaints).toEqual([]);
});

test('who is not known says who he is, and the credential stays in the page', async () => {
  await using closed = await testGateway({
    models: gateway.models,
    pages,
    authenticate: authentication({
      findApiKey: async (key) => (key === 'sk_secret' ? developer : null),
      verifyToken: null,
      localPrincipal: null,
    }),
  });
  await using visitor = await visit(`${closed.url}/data/delayed-shipments`);
  const { page } = visitor;

  await page.getByText('This Skiff answers callers it knows.').waitFor();
  await page.getByRole('textbox', { name: 'Token or API key' }).fill('sk_secret');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Delayed shipments' }).waitFor();

  await page.getByText('$SKIFF_TOKEN').first().waitFor();
  expect(await page.content()).not.toContain('sk_secret');
  await page.reload();
  await page.getByText('This Skiff answers callers it knows.').waitFor();
});

test('what is not there is told', async () => {
  await using visitor = await visit(`${gateway.url}/data/nothing`);
  await eventually(() => visitor.page.getByRole('alert').innerText()).toContain('There is no such dataset');
});

test('a phone shows everything without scrolling sideways, in the dark too', async () => {
  const phone = { viewport: { width: 360, height: 780 }, colorScheme: 'dark' } as const;
  await using visitor = await visit(`${gateway.url}/data/delayed-shipments`, phone);
  await visitor.page.getByRole('region', { name: 'Columns' }).waitFor();
  expect(await visitor.page.evaluate('document.documentElement.scrollWidth')).toBe(360);
});

test('GraphiQL leads from a document to its dataset', async () => {
  await using visitor = await visitGraphiql(gateway.url);
  const { page } = visitor;
  await page.getByRole('searchbox', { name: 'Search examples' }).fill('every line that has not left');
  await page.getByRole('button', { name: /^Every line that has not left/ }).press('Enter');
  await page.getByRole('tab', { name: 'DelayedShipments' }).last().waitFor();
  await page.getByRole('button', { name: 'Show Copy as code' }).click();

  const address = page.getByRole('region', { name: 'Address of the dataset' });
  await eventually(() => address.getByRole('link', { name: '.csv' }).getAttribute('href')).toBe(
    `${gateway.url}/data/delayed-shipments@1.csv`,
  );
  await address.getByRole('link', { name: 'Its page' }).click();
  await page.getByRole('heading', { name: 'Delayed shipments' }).waitFor();
});
