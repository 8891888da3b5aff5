/** The inbox of what webhooks have told: what is to be read, and which numbers are missing. */

import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ErpEvent, EventSink } from '../../../erp/event.ts';
import { connect } from '../../../replica/connect.ts';
import { eventSink } from '../../../replica/events/event-sink.ts';
import { migrate } from '../../../replica/migrate.ts';
import { testPostgres } from '../../postgres.ts';

let opened: AsyncDisposableStack;
let db: pg.Client;
let sink: EventSink;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  const database = opened.use(await testPostgres());
  db = opened.adopt(await connect(database.url, 'builder'), (client) => client.end());
  await migrate(db);
  sink = eventSink({ query: (statement) => db.query(statement), tables: [{ name: 'plant' }, { name: 'item' }] });
});
afterEach(() => opened.disposeAsync());

const event = (sequence: number, key: string, version = sequence, table = 'plant'): ErpEvent => ({
  sequence,
  table,
  key: [key],
  version: BigInt(version),
});
const take = (...events: readonly ErpEvent[]) => sink.takeEvents({ subscription: '1', events });
const named = async () => (await sink.namedRows()).map(({ table, key }) => `${table} ${key}`).toSorted();
const readAll = async () => sink.namedRowsRead(await sink.namedRows());
const held = (key: string, version: number) =>
  db.query(`insert into skiff.row_version values ('plant', array[$1], $2, clock_timestamp())`, [key, version]);
const afterGaps = async () => (await sink.eventGaps(0)).map(({ after }) => after);
const kept = async () => (await db.query('select from skiff.event')).rowCount;

test('a number that was taken before is not taken again, also when its event was read long ago', async () => {
  expect(await take(event(1, 'a'), event(2, 'b'))).toBe(2);
  expect(await take(event(2, 'b'), event(3, 'c'))).toBe(1);
  await readAll();
  expect(await afterGaps()).toEqual([]);
  expect(await kept()).toBe(0);
  expect(await take(event(1, 'a'), event(2, 'b'), event(3, 'c'))).toBe(0);
  expect(await named()).toEqual([]);
});

test('each subscription has numbers of its own', async () => {
  await take(event(1, 'a'));
  expect(await sink.takeEvents({ subscription: '2', events: [event(1, 'b')] })).toBe(1);
  expect(await named()).toEqual(['plant a', 'plant b']);
});

test('a row is to be read until it was read after it was last named', async () => {
  await take(event(1, 'a'), event(2, 'a'), event(3, 'b'));
  const before = await sink.namedRows();
  expect(before).toHaveLength(2);
  await take(event(4, 'a'));
  await sink.namedRowsRead(before);
  expect(await named()).toEqual(['plant a']);
});

test('a row that is held in the version that was told of is not read again', async () => {
  await held('a', 5);
  await held('b', 5);
  await take(event(1, 'a', 5), event(2, 'b', 6), event(3, 'c', 1));
  expect(await named()).toEqual(['plant b', 'plant c']);
});

test('events of tables that nobody mirrors count and are not read', async () => {
  await take(event(1, 'a', 1, 'secret'), event(2, 'b'));
  expect(await named()).toEqual(['plant b']);
  expect(await afterGaps()).toEqual([]);
});

test('a gap is closed by what was missing', async () => {
  await take(event(2, 'b'), event(4, 'd'));
  expect(await afterGaps()).toEqual([0]);
  await take(event(1, 'a'));
  expect(await afterGaps()).toEqual([2]);
  await take(event(3, 'c'));
  expect(await afterGaps()).toEqual([]);
  expect(await named()).toEqual(['plant a', 'plant b', 'plant c', 'plant d']);
});

test('a gap is none before the time in which it may fill', async () => {
  await take(event(2, 'b'));
  expect(await sink.eventGaps(60_000)).toEqual([]);
  expect(await sink.eventGaps(0)).toHaveLength(1);
});

test('a gap is closed when all tables were polled and swept since an event behind it', async () => {
  const poll = (table: string, column: 'as_of' | 'deletions_as_of') =>
    db.query(
      `insert into skiff.table_poll (table_name, ${column}) values ($1, clock_timestamp())
       on conflict (table_name) do update set ${column} = excluded.${column}`,
      [table],
    );
  await poll('plant', 'deletions_as_of');
  await take(event(3, 'c'));
  await poll('plant', 'as_of');
  await poll('item', 'as_of');
  await poll('item', 'deletions_as_of');
  // The plants were swept before the event came: what is missing may be a deletion among them.
  expect(await afterGaps()).toEqual([0]);
  await poll('plant', 'deletions_as_of');
  await take(event(5, 'e'));
  expect(await afterGaps()).toEqual([3]);
  // What the polls have seen may come late; it says nothing new.
  expect(await take(event(2, 'b'))).toBe(0);
});

test('some rows of each table come first, so that a table with many does not hold up the others', async () => {
  const many = Array.from({ length: 1_200 }, (_, at) => event(at + 1, `k${at}`));
  await take(...many, event(1_201, 'x', 1, 'item'));
  const rows = await sink.namedRows();
  expect(rows.filter(({ table }) => table === 'item')).toHaveLength(1);
  const plants = rows.filter(({ table }) => table === 'plant');
  expect(plants.length).toBeLessThan(1_200);
  for (let left = 1_201; left > 0; ) {
    const some = await sink.namedRows();
    expect(some.length).toBeGreaterThan(0);
    await sink.namedRowsRead(some);
    left -= some.length;
  }
  expect(await named()).toEqual([]);
});
