/** The barrier that the database holds around rows, whatever the statements say, and that scopes never mix. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessScope, ALL_PLANTS } from '../../../replica/access-scope.ts';
import { connect, rowPool } from '../../../replica/connect.ts';
import { missingForSpeed } from '../../../replica/protection.ts';
import type { Statement } from '../../../replica/queryable.ts';
import { flatReads } from '../../../replica/read.ts';
import { scoped, scopedRows } from '../../../replica/scoped-rows.ts';
import { flat, served, type Things, TODAY, things } from './things.ts';

const PLANTS = Array.from({ length: 100 }, (_, at) => `P${at}`);
/** As if the statement had been written without its condition. */
const UNSCOPED: Statement & { readonly rowMode: 'array' } = {
  text: 'select distinct plant_code from read.thing order by 1',
  values: [],
  rowMode: 'array',
};

let db: Things;
beforeAll(async () => {
  db = await things();
  const plants = [...PLANTS, null];
  await db.insert(
    'thing',
    Array.from({ length: 5 * plants.length }, (_, at) => ({
      id: at,
      code: `C${at}`,
      kind: 'NUT',
      is_active: true,
      weight: '1',
      serial: '1',
      made_at: '2026-11-22T08:00:00Z',
      plant_code: plants[at % plants.length],
    })),
  );
});
afterAll(() => db[Symbol.asyncDispose]());

const unscoped = async (scope: AccessScope) => {
  const { rows } = await scopedRows(db.readers).query(UNSCOPED, scope);
  return rows.map(([plant]) => plant);
};

test('a statement without any condition gives the rows of the caller’s plants and no others', async () => {
  expect(await unscoped({ plants: ['P7'] })).toEqual(['P7']);
  expect(await unscoped({ plants: ['P7', 'P9', 'nowhere'] })).toEqual(['P7', 'P9']);
  expect(await unscoped({ plants: [] })).toEqual([]);
  expect(await unscoped({ plants: ['*'] })).toEqual([]);
  expect(await unscoped({ plants: PLANTS })).toEqual(PLANTS.toSorted());
  expect(await unscoped(ALL_PLANTS)).toEqual([...PLANTS.toSorted(), null]);
});

test('a connection on which nobody said whose rows gives none, before the first unit and after any', async () => {
  const readers = rowPool(db.url, 1);
  const rows = scopedRows(readers);
  const bare = () => readers.query<(string | null)[]>(UNSCOPED).then(({ rows: found }) => found);
  expect(await bare()).toEqual([]);
  await rows.query(UNSCOPED, ALL_PLANTS);
  expect(await bare()).toEqual([]);
  await rows.query(UNSCOPED, { plants: ['P1'] });
  expect(await bare()).toEqual([]);
  await expect(rows.query({ ...UNSCOPED, text: 'select 1 / 0' }, ALL_PLANTS)).rejects.toThrow('division by zero');
  expect(await bare()).toEqual([]);
  await readers.end();
});

test('a hundred callers on one connection at the same time get their own rows only', async () => {
  const readers = rowPool(db.url, 1);
  const client = await readers.connect();
  const open = flatReads(flat, served(), { query: (statement, scope) => scoped(client, statement, scope) });
  const callers = PLANTS.flatMap((plant) => Array.from({ length: 5 }, () => plant));
  const answers = await Promise.all(
    callers.map(async (plant, at) => {
      const reads = open(TODAY, { plants: [plant] });
      // One in ten fails on the way: what stands behind it in the queue must not be its heir.
      if (at % 10 === 3) {
        const failing = { ...UNSCOPED, text: 'select 1 / 0' };
        await expect(scoped(client, failing, { plants: [plant] })).rejects.toThrow('division by zero');
      }
      const [page, count, direct] = await Promise.all([
        reads.page('Thing', { first: 20 }),
        reads.count('Thing', {}),
        scoped(client, UNSCOPED, { plants: [plant] }),
      ]);
      return { plant, count, seen: [...page.rows.map(({ plantCode }) => plantCode), ...direct.rows.flat()] };
    }),
  );
  client.release();
  await readers.end();
  expect(answers.flatMap(({ plant, seen }) => seen.filter((other) => other !== plant))).toEqual([]);
  expect(answers.every(({ count, seen }) => count === 5 && seen.length === 6)).toBe(true);
});

test('a reader may write nothing, and read nothing but read models', async () => {
  const rows = scopedRows(db.readers);
  for (const text of [
    'delete from read.thing',
    'update read.thing set plant_code = null',
    'select * from skiff.read_model',
    'create table read.mine (id int)',
    'alter table read.thing disable row level security',
  ]) {
    await expect(rows.query({ ...UNSCOPED, text }, ALL_PLANTS)).rejects.toMatchObject({ code: '42501' });
  }
});

test('a database whose user may not mark operators is told what to run', async () => {
  const client = await connect(db.url, 'builder');
  expect(await missingForSpeed(client)).toBeNull();
  await client.query('alter function pg_catalog.numeric_gt(numeric, numeric) not leakproof');
  expect(await missingForSpeed(client)).toBe('alter function pg_catalog.numeric_gt(numeric,numeric) leakproof;');
  await client.end();
});
