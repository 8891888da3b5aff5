import { expect, test } from 'vitest';
import { buildWeb } from '../../web/build.ts';
import { runProgram } from '../child-process.ts';
import { scratchDir } from '../scratch-dir.ts';
import { eventually, otherHosts, queryEditor, visitGraphiql } from './browser.ts';

test('in the demo every showcase of GraphiQL runs and is fresh, and the console finds nothing wrong', async () => {
  await buildWeb();
  await using demo = await startDemo();
  await using visitor = await visitGraphiql(demo.url);
  const { page } = visitor;
  const editor = queryEditor(page);
  const tabs = await page.getByRole('tab').allInnerTexts();
  expect(tabs).toHaveLength(6);

  for (const tab of tabs) {
    await page.getByRole('tab', { name: tab }).click();
    await eventually(() => editor.innerText()).toContain(tab);
    await editor.click();
    await page.keyboard.press('Control+Enter');
    await eventually(() => page.getByRole('status', { name: 'Freshness' }).innerText()).toContain('Fresh');
    const answer = (await page.locator('.graphiql-response .view-lines').innerText()).replace(/\s+/g, ' ');
    expect(answer, tab).toMatch(/^\{ "data": \{ "\w+": \{ "\w+": /);
    expect(answer, tab).not.toContain('"nodes": []');
  }

  await page.goto(`${demo.url}/console`);
  await eventually(() => page.getByText('All is well').count()).toBe(1);
  expect(otherHosts(visitor.asked, demo.url)).toEqual([]);
  expect(visitor.complaints).toEqual([]);
});

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
