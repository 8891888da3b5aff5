/** Rows by id and by parent, and what the database's own refusals become. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALL_PLANTS } from '../../../replica/access-scope.ts';
import { rowPool } from '../../../replica/connect.ts';
import { flatReads } from '../../../replica/read.ts';
import { scopedRows } from '../../../replica/scoped-rows.ts';
import { freePort } from '../../../runtime/free-port.ts';
import { flat, served, type Things, TODAY, things } from './things.ts';

let db: Things;
beforeAll(async () => {
  db = await things({ statement_timeout: '200' });
});
afterAll(() => db[Symbol.asyncDispose]());

const bolt = (id: number, more: Record<string, unknown> = {}) => ({
  id,
  code: `B${id}`,
  kind: 'BOLT',
  is_active: true,
  weight: '1',
  serial: '1',
  made_at: '2026-11-22T08:00:00Z',
  ...more,
});

test('many rows by id are one statement, whichever are missing', async () => {
  await db.insert('thing', [bolt(1), bolt(2), bolt(3)]);
  const before = db.statements.length;
  const found = await db.reads.byIds('Thing', ['3', '1', 'x', '99', '1']);
  expect([...found.keys()].toSorted()).toEqual(['1', '3']);
  expect(db.statements.length).toBe(before + 1);
});

test('a key of several columns is one id, its colons escaped', async () => {
  await db.insert('pair', [
    { number: 1, word: 'a', note: 'plain' },
    { number: 1, word: 'a:b\\', note: 'escaped' },
    { number: 2, word: 'a', note: null },
  ]);
  const found = await db.reads.byIds('Pair', ['1:a', '1:a\\:b\\\\', '1:b', '2:a']);
  expect([...found].map(([id, { note }]) => [id, note]).toSorted()).toEqual([
    ['1:a', 'plain'],
    ['1:a\\:b\\\\', 'escaped'],
    ['2:a', null],
  ]);
  const page = await db.reads.page('Pair', { first: 1 });
  const [first] = page.rows;
  expect(first?.id).toBe('1:a');
  const after = first && db.reads.cursor('Pair', page, first);
  expect((await db.reads.page('Pair', { after })).rows.map(({ id }) => id)).toEqual(['1:a\\:b\\\\', '2:a']);
});

test('children come by parent and key, in one statement; a list of more than 200 is refused alone', async () => {
  const many = Array.from({ length: 201 }, (_, at) => bolt(1_000 + at, { group_id: 9 }));
  const exactly = Array.from({ length: 200 }, (_, at) => bolt(2_000 + at, { group_id: 8 }));
  await db.insert('thing', [...many, ...exactly, bolt(5, { group_id: 1 }), bolt(4, { group_id: 1 }), bolt(6)]);
  const before = db.statements.length;
  const found = await db.reads.children('Thing', 'groupId', ['1', '9', 'x', '1', '8', '77']);
  expect(db.statements.length).toBe(before + 1);
  const [ofOne, ofNine, ofNone, again, ofEight, empty] = found;
  expect(ofOne).toMatchObject([{ id: '4' }, { id: '5' }]);
  expect(again).toEqual(ofOne);
  expect(ofNine).toMatchObject({ extensions: { code: 'COST_LIMIT' } });
  expect([ofNone, empty]).toEqual([[], []]);
  expect(ofEight).toHaveLength(200);
});

test('a list that takes longer than its time is refused as too expensive', async () => {
  // Whatever it is that takes long: here it waits for a lock.
  const holder = await db.owners.connect();
  await holder.query('begin; lock table read.thing');
  try {
    const tooExpensive = { extensions: { code: 'COST_LIMIT' } };
    await expect(db.reads.count('Thing', { weight: { gt: '1' } })).rejects.toMatchObject(tooExpensive);
    await expect(db.reads.page('Thing', {})).rejects.toMatchObject(tooExpensive);
  } finally {
    await holder.query('rollback');
    holder.release();
  }
});

test('a database that cannot be reached is said to be that, with when to come back', async () => {
  const nobody = scopedRows(rowPool(`postgresql://127.0.0.1:${await freePort()}/skiff`, 1));
  await expect(flatReads(flat, served(), nobody)(TODAY, ALL_PLANTS).byIds('Thing', ['1'])).rejects.toMatchObject({
    extensions: { code: 'SUBGRAPH_UNAVAILABLE', retryAfterMs: 1_000 },
  });
});
