import { expect, test } from 'vitest';
import { checkReadModels } from '../../replica/check-read-models.ts';
import { testPostgres } from '../postgres.ts';
import { readModels, smallErp } from './small-erp.ts';

const snapshot = {
  customer: ['1\tAmeise\tEU\t\\N', '2\tBiene\tEU\t\\N'],
  product: ['10\tPump\tsmall', '11\tValve\t\\N'],
  sales_order: ['100\tA-100\t1', '101\tA-101\t2'],
  order_line: ['100\t1\t10\t2.500\t2026-03-01', '101\t1\t11\t7.000\t2026-03-03'],
  move: ['1\t10\tDOCK\tHALL\t5\t202601', '2\t11\tHALL\tDOCK\t2\t202602'],
};

test('a @from that names all it must passes', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url, { snapshot });
  expect(await checkReadModels(erp.db, () => undefined)).toEqual([]);
});

test('a @from that leads to the wrong keys is found', async () => {
  await using db = await testPostgres();
  const wrong = (readModels['customer.sql'] ?? '').replace(
    'select customer from erp.sales_order where id = any($1)',
    'select id from erp.customer where id = any($1)',
  );
  await using erp = await smallErp(db.url, { snapshot, readModels: { ...readModels, 'customer.sql': wrong } });
  const missed = await checkReadModels(erp.db, () => undefined);
  expect(missed).toContainEqual({
    model: 'customer',
    source: 'sales_order',
    deed: 'delete',
    sourceKey: ['100'],
    missed: ['["1"]'],
  });
});
