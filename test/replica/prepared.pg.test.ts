/** Prepared statements: a connection keeps those in use, and no more than it is worth. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { rowPool } from '../../replica/connect.ts';
import { scoped } from '../../replica/scoped-rows.ts';
import { type Things, things } from './read/things.ts';

let db: Things;
beforeAll(async () => {
  db = await things();
});
afterAll(() => db[Symbol.asyncDispose]());

test('a connection keeps the five hundred statements asked last; one that fell out is prepared anew', async () => {
  const readers = rowPool(db.url, 1);
  const client = await readers.connect();
  const ask = async (number: number, name = `statement_${number}`) => {
    const text = `select '${number}', count(*)::text from pg_prepared_statements where name like 'statement_%'`;
    const { rows } = await scoped(client, { name, text, values: [], rowMode: 'array' }, ALL_PLANTS);
    return rows[0] ?? [];
  };
  for (let number = 0; number < 500; number++) await ask(number);
  await ask(0);
  for (let number = 500; number < 600; number++) expect((await ask(number))[0]).toBe(String(number));
  const [, kept] = await ask(0);
  expect(kept).toBe('500');
  // The second was pushed out, the first asked for again in time.
  expect(await ask(1)).toEqual(['1', '501']);
  expect(await ask(2)).toEqual(['2', '501']);
  client.release();
  await readers.end();
});
