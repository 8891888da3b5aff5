import { expect, test } from 'vitest';
import type { Status } from '../../web/console/status.ts';
import { eventually, otherHosts, visit } from './browser.ts';
import { healthy, troubled } from './statuses.ts';
import { webServer } from './web-server.ts';

test('a healthy replica is told at a glance, and the console asks no other host for anything', async () => {
  await using server = await webServer({ status: () => healthy });
  await using visitor = await visit(`${server.url}/console`);
  const { page } = visitor;

  await page.getByText('All is well').waitFor();

  const figures = page.getByRole('region', { name: 'Figures' });
  await eventually(() => figures.innerText()).toMatch(
    /streaming[\s\S]*410 ms[\s\S]*12 MiB[\s\S]*93%[\s\S]*1,234 answers, 5 MiB of 64 MiB/,
  );
  expect(await page.getByRole('row').allInnerTexts()).toHaveLength(1 + healthy.models.length);
  expect(await page.title()).toBe('Skiff console');
  expect(otherHosts(visitor.asked, server.url)).toEqual([]);
  expect(visitor.complaints).toEqual([]);
});

test('what is wrong stands on top, with its reason', async () => {
  await using server = await webServer({ status: () => troubled });
  await using visitor = await visit(`${server.url}/console`);
  const { page } = visitor;
  await page.getByText('1 read model stopped').waitFor();

  expect(await page.getByRole('row').nth(1).innerText()).toMatch(
    /sales_order[\s\S]*stopped[\s\S]*column sale_sale.total is missing in the ERP/,
  );
  expect(await page.getByRole('region', { name: 'Quarantine' }).innerText()).toMatch(
    /4711[\s\S]*invalid input syntax for type date/,
  );
  expect(await page.getByRole('region', { name: 'Mirrored tables' }).innerText()).toContain(
    'Column quantity is declared as double precision, but the ERP has it as text.',
  );
  await page.getByText('connect ECONNREFUSED').waitFor();
});

test('the console follows what changes, says when the gateway is silent, and finds it again', async () => {
  let status: Status | undefined = healthy;
  await using server = await webServer({ status: () => status });
  await using visitor = await visit(`${server.url}/console`);
  const { page } = visitor;
  await page.getByText('All is well').waitFor();

  status = troubled;
  await page.getByText('Capture is reconnecting').waitFor();
  status = undefined;
  await page.getByText(/No status since .*: The gateway answered 503/).waitFor();
  expect(await page.getByRole('row', { name: /^sales_order / }).count(), 'what was known stays').toBe(1);
  status = healthy;
  await page.getByText('All is well').waitFor();
});

test('who is not known is told what to do, says who he is, and sees the figures', async () => {
  await using server = await webServer({ status: () => healthy, token: 'sk_/operator' });
  await using visitor = await visit(`${server.url}/console`);
  const { page } = visitor;
  const credential = page.getByRole('textbox', { name: 'Token or API key' });

  await page.getByText('Send an API key.').waitFor();
  await credential.fill('sk_wrong');
  await page.keyboard.press('Enter');
  await page.getByText('This credential is not known').waitFor();
  await credential.click();
  await page.keyboard.type('sk_/operator');
  await page.keyboard.press('Enter');
  await page.getByText('All is well').waitFor();

  expect(await credential.count()).toBe(0);
  await page.reload();
  await page.getByText('Send an API key.').waitFor();
});

test('the changes applied a second are counted from one status to the next', async () => {
  let changesApplied = 0;
  const { report } = healthy;
  await using server = await webServer({
    status: () => {
      changesApplied += 500;
      return { ...healthy, report: report && { ...report, changesApplied } };
    },
  });
  await using visitor = await visit(`${server.url}/console`);

  // Asked once a second, a slow machine less often.
  const figure = visitor.page.getByRole('article').filter({ hasText: 'Changes applied' });
  await eventually(() => figure.innerText()).toMatch(/\n[1-9]\d*\/s/);
});

test('a read model is found by keyboard', async () => {
  await using server = await webServer({ status: () => troubled });
  await using visitor = await visit(`${server.url}/console`);
  const { page } = visitor;
  await page.getByRole('table').waitFor();

  await page.keyboard.press('/');
  await page.keyboard.type('catching');
  await eventually(() => page.getByRole('row').allInnerTexts()).toHaveLength(2);
  expect(await page.getByRole('row').last().innerText()).toContain('sales_order_line');

  await page.keyboard.press('Escape');
  await eventually(() => page.getByRole('row').allInnerTexts()).toHaveLength(1 + troubled.models.length);
});

test('a phone shows everything without scrolling sideways, in the dark too', async () => {
  await using server = await webServer({ status: () => troubled });
  const phone = { viewport: { width: 360, height: 780 }, colorScheme: 'dark' } as const;
  await using visitor = await visit(`${server.url}/console`, phone);
  const { page } = visitor;
  await page.getByText('1 read model stopped').waitFor();

  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  const [red = 255, green = 255, blue = 255] =
    String(await page.evaluate('getComputedStyle(document.body).backgroundColor'))
      .match(/\d+/g)
      ?.map(Number) ?? [];
  expect(Math.max(red, green, blue)).toBeLessThan(64);
});
