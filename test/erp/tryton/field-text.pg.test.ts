import { afterAll, beforeAll, expect, test } from 'vitest';
import { fieldText, micros, moment, msOf } from '../../../erp/tryton/field-text.ts';
import { connect } from '../../../replica/connect.ts';
import { testPostgres } from '../../postgres.ts';

const lent = new AsyncDisposableStack();
let print: (type: string, text: string) => Promise<string | undefined>;
beforeAll(async () => {
  const database = lent.use(await testPostgres());
  const db = await connect(database.url, 'reader');
  lent.defer(() => db.end());
  print = async (type, text) =>
    (await db.query<{ text: string }>(`select $1::${type}::text as text`, [text])).rows[0]?.text;
});
afterAll(() => lent.disposeAsync());

const datetime = { __class__: 'datetime', year: 2026, month: 3, day: 9, hour: 4, minute: 5, second: 6 };

test.each([
  ['double precision', '9.0', 9],
  ['double precision', '-0', -0],
  ['double precision', '0.30000000000000004', 0.1 + 0.2],
  ['double precision', '0.0001', 0.0001],
  ['double precision', '0.00001', 0.00001],
  ['double precision', '123456789012345', 123456789012345],
  ['double precision', '1234567890123456', 1234567890123456],
  ['double precision', '1.5e300', 1.5e300],
  ['numeric', '12.50', { __class__: 'Decimal', decimal: '12.50' }],
  ['numeric', '0.00000000', { __class__: 'Decimal', decimal: '0E-8' }],
  ['numeric', '-0.0000000125', { __class__: 'Decimal', decimal: '-1.25E-8' }],
  ['numeric', '1200', { __class__: 'Decimal', decimal: '1.2E+3' }],
  ['interval', '90 min', { __class__: 'timedelta', seconds: 5_400 }],
  ['interval', '2 days 3:04:05.25', { __class__: 'timedelta', seconds: 183_845.25 }],
  ['interval', '-1 days 23:00', { __class__: 'timedelta', seconds: -3_600 }],
  ['interval', '0', { __class__: 'timedelta', seconds: 0 }],
  ['date', '0987-03-09', { __class__: 'date', year: 987, month: 3, day: 9 }],
  ['timestamp', '2026-03-09 04:05:06', { ...datetime, microsecond: 0 }],
  ['timestamp', '2026-03-09 04:05:06.00125', { ...datetime, microsecond: 1_250 }],
])('a %s of %s in Tryton’s database is the text that PostgreSQL prints of it', async (type, sql, value) => {
  expect(fieldText(value, 'a field')).toBe(await print(type, sql));
});

test('a value in a form that is not known is refused by the field’s name', () => {
  expect(() => fieldText({ __class__: 'time' }, 'sale_sale.number')).toThrow('sale_sale.number');
  expect(() => fieldText(undefined, 'sale_sale.number')).toThrow('sale_sale.number');
});

test('times go to Tryton and come back the same, in microseconds', () => {
  const at = Date.UTC(2026, 10, 22, 11, 47, 14, 780);
  expect(micros(moment(at))).toBe(BigInt(at) * 1_000n);
  expect(msOf(micros({ ...datetime, microsecond: 1_250 }) ?? 0n)).toBe(Date.UTC(2026, 2, 9, 4, 5, 6, 1));
});
