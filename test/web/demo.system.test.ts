import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { buildWeb } from '../../web/build.ts';
import { runProgram } from '../child-process.ts';
import { examples, PROPOSAL } from '../examples.ts';
import { scratchDir } from '../scratch-dir.ts';
import { eventually, otherHosts, visitGraphiql } from './browser.ts';

test('in the demo every example runs from its panel and is fresh, and the console finds nothing wrong', async () => {
  await buildWeb();
  await using demo = await startDemo();
  await propose(demo.url);
  await using visitor = await visitGraphiql(demo.url);
  const { page } = visitor;
  const texts = [...examples.map(({ text }) => text), ...(await registeredTexts(demo.url))];
  const buttons = page.getByRole('region', { name: 'Examples' }).getByRole('listitem').getByRole('button');
  await eventually(() => buttons.count()).toBe(texts.length);
  const tabs = page.getByRole('tab');
  const before = await tabs.count();
  expect(before).toBe(6);

  const ran: string[] = [];
  for (const button of await buttons.all()) {
    await button.press('Enter');
    const tab = tabs.nth(before + ran.length);
    await tab.waitFor();
    await page.keyboard.press('Control+Enter');
    const name = await tab.innerText();
    await eventually(() => answer(page), name).toMatch(/^\{ "data": \{ "\w+": \{ "\w+": /);
    // What Skiff keeps itself is no copy, and has no age.
    if (FOLLOWED.includes(name)) await page.getByRole('button', { name: /^Stop/ }).click();
    else if (!OWN.includes(name)) await page.getByRole('status', { name: 'Freshness' }).getByText('Fresh').waitFor();
    ran.push(name);
  }
  expect(ran.sort()).toEqual(texts.map(operationName).sort());

  await page.goto(`${demo.url}/console`);
  await eventually(() => page.getByText('All is well').count()).toBe(1);
  expect(otherHosts(visitor.asked, demo.url)).toEqual([]);
  expect(visitor.complaints).toEqual([]);
});

const OWN = ['ApprovalDesk', 'PlanById', 'Plans', 'CancelProductionOrder', 'RescheduleProductionOrder'];
/** It goes on until somebody stops it. */
const FOLLOWED = ['CommandChanged'];

const answer = async (page: Page) =>
  (await page.locator('.graphiql-response .view-lines').innerText()).replace(/\s+/g, ' ');

const Registered = z.object({ documents: z.array(z.object({ text: z.string() })) });

async function registeredTexts(url: string): Promise<string[]> {
  const response = await fetch(`${url}/graphql/documents`);
  return Registered.parse(await response.json()).documents.map(({ text }) => text);
}

async function propose(url: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(PROPOSAL) });
  expect(await response.json()).not.toHaveProperty('errors');
}

const operationName = (text: string) => /^(?:query|mutation|subscription) (\w+)/m.exec(text)?.[1];

async function startDemo(): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = scratchDir();
  const demo = runProgram(new URL('../../main.ts', import.meta.url), {
    args: ['demo'],
    env: {
      SKIFF_DATA_DIR: `${folder.path}/data`,
      SKIFF_PORT: '0',
      SKIFF_SANDBOX_PORT: '0',
      SKIFF_SANDBOX_LINES: '10000',
    },
  });
  const end = async () => {
    demo.process.kill('SIGTERM');
    await demo.ended();
    folder[Symbol.dispose]();
  };
  for (let line = await demo.nextLine(); line !== undefined; line = await demo.nextLine()) {
    const [, url] = /^Skiff is ready: (.*)\/graphql/.exec(line) ?? [];
    if (url) return { url, [Symbol.asyncDispose]: end };
  }
  await end();
  throw new Error(`The demo did not start: ${demo.complaints()}`);
}
