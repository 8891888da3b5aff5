/** A working day in the sandbox ERP. */
import { expect, test } from 'vitest';
import { Random } from '../../../erp/sandbox/random.ts';
import { today } from '../../../erp/sandbox/seed.ts';
import {
  perform,
  runTraffic,
  type Transaction,
  trafficTransaction,
  transactionKinds,
} from '../../../erp/sandbox/traffic.ts';
import { erpServer } from '../postgres/erp.ts';
import { sandboxErp } from './sandbox.ts';

const server = erpServer(18);

test('every kind of transaction finds something to do', async () => {
  await using erp = await sandboxErp(server, { lines: 10_000, baseDate: today() });
  const random = new Random(1);
  for (const kind of transactionKinds) {
    let done = await perform(erp.client, kind, random);
    for (let attempt = 0; attempt < 500 && !done; attempt++) {
      // What it needs may first have to come about.
      await trafficTransaction(erp.client, random);
      done = await perform(erp.client, kind, random);
    }
    expect(done, kind.name).toMatchObject({ kind: kind.name, document: expect.stringMatching(/^\w+$/) });
  }
});

test('the same seed does the same', async () => {
  const days = [];
  for (let time = 0; time < 2; time++) {
    await using erp = await sandboxErp(server, { lines: 2_000, baseDate: today() });
    const random = new Random(42);
    const day: Transaction[] = [];
    for (let one = 0; one < 200; one++) day.push(await trafficTransaction(erp.client, random));
    days.push(day);
  }
  expect(days[1]).toEqual(days[0]);
});

test('traffic runs on several connections until it is told to stop', async () => {
  await using erp = await sandboxErp(server, { lines: 2_000, baseDate: today() });
  const stopping = new AbortController();
  const seen = new Set<string>();
  await runTraffic(erp.pool, {
    ratePerSecond: 200,
    seed: 7,
    signal: stopping.signal,
    onTransaction: ({ kind }) => {
      seen.add(kind);
      if (seen.size === 12) stopping.abort();
    },
  });
  expect(seen.size).toBeGreaterThanOrEqual(12);
  expect(await erp.count('select count(*) from sales_header where created_on = current_date')).toBeGreaterThan(0);
});

test('what leaves leaves with its stock: deliveries and movements stay in step', async () => {
  await using erp = await sandboxErp(server, { lines: 2_000, baseDate: today() });
  const random = new Random(9);
  for (let one = 0; one < 800; one++) await trafficTransaction(erp.client, random);
  const apart = await erp.count(/* sql */ `
    select count(*) from delivery_item i join delivery_status s using (delivery_no, item_no) left join stock_movement m using (movement_no)
    where (s.goods_issue_status = 'C') is distinct from (m.status_code = 'D') or m.material_no <> i.material_no`);
  expect(apart).toBe(0);
  const orphans = await erp.count(
    `select count(*) from stock_movement m where reference_type = 'DL' and not exists (select from delivery_header h where h.delivery_no = m.reference_no)`,
  );
  expect(orphans).toBe(0);
});
