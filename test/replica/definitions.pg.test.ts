/** A read model that cannot be kept exact is refused at start, by one clear error that says what to do. */
import { expect, test } from 'vitest';
import { testPostgres } from '../postgres.ts';
import { readModels, smallErp } from './small-erp.ts';

const good = readModels['line.sql'] ?? '';
const customer = '-- @from customer     select unnest($1::int[])';

test.each([
  ['has a syntax error', { 'line.sql': good.replace('left join', 'left jion') }, /syntax error at or near "jion"/],
  ['holds no SELECT', { 'line.sql': good.replace(/^select/m, 'selct') }, /holds no SELECT/],
  [
    'names an unknown column',
    { 'line.sql': good.replace('p.note', 'p.notes') },
    /column p.notes does not exist.*near "p.notes/,
  ],
  ['lacks a @from line', { 'line.sql': good.replace(/^-- @from product.*\n/m, '') }, /reads product but no @from/],
  [
    'has a @from line too many',
    { 'line.sql': good.replace(/^select/m, '-- @from move select id, id from erp.move\nselect') },
    /does not read/,
  ],
  ['has no @key', { 'line.sql': good.replace(/^-- @key.*\n/m, '') }, /no @key line/],
  [
    'asks for the day',
    { 'line.sql': good.replace('l.due as', 'l.due + (current_date - current_date) as') },
    /current date/,
  ],
  [
    'asks for the clock',
    { 'line.sql': good.replace('c.name as', 'c.name || now()::text as') },
    /function now depends on the clock/,
  ],
  [
    'holds a literal of the day',
    { 'line.sql': good.replace('l.due as', "coalesce(l.due, 'today'::date) as") },
    /literal 'today'/,
  ],
  [
    'is volatile',
    { 'line.sql': good.replace('l.quantity,', 'l.quantity + random()::numeric as quantity,') },
    /function random is volatile/,
  ],
  ['uses a whole row', { 'line.sql': good.replace('p.note as', 'p::text as') }, /whole row/],
  ['lacks a field', { 'line.sql': good.replace('l.quantity, ', '') }, /Line.quantity needs a column "quantity"/],
  [
    'has a column too many',
    { 'line.sql': good.replace('l.quantity,', 'l.quantity, l.quantity as amount,') },
    /"amount" is no field of Line/,
  ],
  [
    'has a column of another type',
    { 'line.sql': good.replace('l.due as', 'l.due::text as') },
    /is text, which does not fit Line.dueDate: Date/,
  ],
  [
    'stands on a model that has no file',
    { 'line.sql': good.replace('erp.product p', 'read.product p') },
    /reads read.product, which has no file/,
  ],
  ['stands on itself', { 'line.sql': good.replace('erp.product p', 'read.line p') }, /stands on itself/],
  [
    'reads beyond the mirror',
    {
      'line.sql': good
        .replace('erp.product p', 'pg_class p')
        .replace('p.id = l.product', 'true')
        .replace('p.name', 'p.relname')
        .replace('p.note', 'p.relname'),
    },
    /reads pg_class, a table of PostgreSQL itself/,
  ],
  [
    'gives keys of another width',
    {
      'customer.sql': (readModels['customer.sql'] ?? '').replace(
        customer,
        '-- @from customer select id, id from erp.customer',
      ),
    },
    /gives 2 columns, the key has 1/,
  ],
  [
    'names a base that it does not read',
    { 'line.sql': good.replace('-- @from order_line', '-- @base move\n-- @from order_line') },
    /@base move is no mirrored table that it reads/,
  ],
  [
    'names a base of another key',
    { 'line.sql': good.replace('-- @from order_line', '-- @base sales_order\n-- @from order_line') },
    /its key \(sales_order integer, pos integer\) is not that of its @base sales_order \(id integer\)/,
  ],
])('a read model that %s is refused', async (_, changed, message) => {
  await using db = await testPostgres();
  const refused = smallErp(db.url, { readModels: { ...readModels, ...changed } });
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toMatchObject({ code: 'READ_MODEL_INVALID', remedy: expect.stringMatching(/\w/) });
  const { rows } = await db.query(
    `select count(*)::int as tables from pg_tables where schemaname in ('erp', 'read', 'model')`,
  );
  expect(rows).toEqual([{ tables: 0 }]);
});
