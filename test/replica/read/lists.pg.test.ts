/** Lists: filters, orders and pages, against an evaluation in memory over generated rows. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccessScope, ALL_PLANTS } from '../../../replica/access-scope.ts';
import type { FlatReads, FlatRow, Page, PageArguments } from '../../../replica/read.ts';
import { evaluate, type Question } from './evaluate.ts';
import { lateThing, type Things, TODAY, thing, things } from './things.ts';

let db: Things;
beforeAll(async () => {
  db = await things();
});
afterAll(() => db[Symbol.asyncDispose]());

const few = (texts: readonly string[]) => fc.constantFrom(...texts);
const nullable = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 3 });

const WORDS = [
  '',
  'a',
  'A',
  'b',
  'ab',
  'abc',
  'Schraube',
  'schraube M8',
  'Müller',
  'MÜLLER',
  '50%_off',
  'back\\slash',
  'ﬀ',
  '🚢',
  '🚢 z',
];
const DAYS = ['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23', '1999-12-31'];
const TIMES = ['2026-11-22T08:00:00.000000Z', '2026-11-22T08:00:00.000001Z', '2026-11-21T23:59:59.999999Z'];
const PLANTS = ['P1', 'p1', 'P 2', '{"P,3\\}', ''];
const DECIMALS = ['0.0000', '1.5000', '-1.5000', '12345678901234.5678', '0.1000'];

const rowsArbitrary = fc.array(
  fc.record({
    code: few(WORDS),
    name: nullable(few(WORDS)),
    kind: few(['BOLT', 'NUT', 'WASHER']),
    is_active: fc.boolean(),
    size: nullable(fc.integer({ min: -2, max: 2 })),
    weight: few(DECIMALS),
    share: nullable(few(['0', '0.1', '0.30000000000000004', '-2.5', '1e-7', '100000000000000000000'])),
    serial: few(['0', '9007199254740993', '-9223372036854775808']),
    due: nullable(few(DAYS)),
    made_at: few(TIMES),
    seen_at: nullable(few(TIMES)),
    group_id: nullable(fc.integer({ min: 1, max: 3 })),
    plant_code: nullable(few(PLANTS)),
  }),
  { maxLength: 40 },
);

/** Conditions of every operator a field offers. */
const conditionOf = (values: fc.Arbitrary<unknown>, ordered: boolean, text: boolean) =>
  fc.oneof(
    fc.record({ eq: values }),
    fc.record({ in: fc.array(values, { maxLength: 3 }) }),
    fc.record({ isNull: fc.boolean() }),
    ...(ordered ? [fc.record({ gte: values, lt: values }), fc.record({ gt: values }), fc.record({ lte: values })] : []),
    ...(text ? [fc.record({ startsWith: few(WORDS) })] : []),
  );

const filterArbitrary = fc.record(
  {
    code: conditionOf(few(WORDS), true, true),
    name: fc.oneof(
      conditionOf(few(WORDS), true, true),
      fc.record({ contains: few(['abc', 'SCHRAUBE', 'müll', '%_o', 'k\\s']) }),
    ),
    kind: conditionOf(few(['BOLT', 'NUT', 'WASHER']), false, false),
    isActive: fc.record({ eq: fc.boolean() }),
    size: conditionOf(fc.integer({ min: -2, max: 2 }), true, false),
    weight: conditionOf(few(['0', '1.5', '-1.50', '0.10000']), true, false),
    share: conditionOf(few(['0.1', '0.30000000000000004', '0.0000001']), true, false),
    serial: conditionOf(few(['0', '9007199254740993']), true, false),
    due: conditionOf(few(DAYS), true, false),
    madeAt: conditionOf(few(['2026-11-22T09:00:00+01:00', '2026-11-21T23:59:59.999999Z']), true, false),
    groupId: conditionOf(few(['1', '2', '007', 'x', '99999999999']), false, false),
    plantCode: conditionOf(few([...PLANTS, 'P9']), false, true),
  },
  { requiredKeys: [] },
);

const SORTED = ['CODE', 'NAME', 'SIZE', 'WEIGHT', 'SHARE', 'SERIAL', 'DUE', 'MADE_AT', 'SEEN_AT'];
const orderArbitrary = fc.option(
  fc.record({ field: few(SORTED), direction: fc.constantFrom('ASC' as const, 'DESC' as const) }),
);

const questionArbitrary: fc.Arbitrary<Question> = fc.record({
  // Most rows fall out of a filter on everything, so it names a field or two.
  filter: fc
    .tuple(
      filterArbitrary,
      fc.subarray(
        [
          'code',
          'name',
          'kind',
          'isActive',
          'size',
          'weight',
          'share',
          'serial',
          'due',
          'madeAt',
          'groupId',
          'plantCode',
        ],
        { maxLength: 2 },
      ),
    )
    .map(([filter, names]) => Object.fromEntries(Object.entries(filter).filter(([name]) => names.includes(name)))),
  orderBy: orderArbitrary,
});

/** All plants, or some, also such as have no row and such as are named twice. */
const scopeArbitrary: fc.Arbitrary<AccessScope> = fc.oneof(
  fc.constant(ALL_PLANTS),
  fc.record({ plants: fc.array(few([...PLANTS, 'P9']), { maxLength: 4 }) }),
);

const sees = ({ plants }: AccessScope, { plantCode }: FlatRow): boolean =>
  plants === '*' || plants.includes(String(plantCode ?? 'none'));

async function insert(rows: readonly Record<string, unknown>[]): Promise<FlatRow[]> {
  await db.insert(
    'thing',
    rows.map((row, at) => ({ id: at * 7 - 20, ...row })),
  );
  const ids = rows.map((_, at) => String(at * 7 - 20));
  const found = await db.reads.byIds('Thing', ids);
  return ids.map((id) => found.get(id)).filter((row) => row !== undefined);
}

/** All pages one after the other, forwards or backwards. */
async function walk(
  reads: FlatReads,
  type: string,
  question: Question,
  rows: number,
  backward: boolean,
): Promise<FlatRow[]> {
  const found: FlatRow[] = [];
  let cursor: string | null = null;
  for (;;) {
    const place: PageArguments = backward ? { last: rows, before: cursor } : { first: rows, after: cursor };
    const page: Page = await reads.page(type, { ...question, ...place });
    expect(backward ? page.hasNextPage : page.hasPreviousPage).toBe(cursor !== null);
    if (backward) found.unshift(...page.rows);
    else found.push(...page.rows);
    const edge = backward ? page.rows.at(0) : page.rows.at(-1);
    if (!(backward ? page.hasPreviousPage : page.hasNextPage)) return found;
    expect(edge).toBeDefined();
    cursor = edge ? reads.cursor(type, page, edge) : null;
  }
}

const ids = (rows: readonly FlatRow[]) => rows.map(({ id }) => id);

describe('over any rows', () => {
  test('pages in any order, forwards and backwards, make up exactly the filtered list of what a caller may see', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowsArbitrary,
        fc.array(fc.tuple(questionArbitrary, fc.integer({ min: 1, max: 9 }), scopeArbitrary), {
          minLength: 8,
          maxLength: 8,
        }),
        async (rows, questions) => {
          const all = await insert(rows);
          for (const [question, size, scope] of questions) {
            const reads = db.open(TODAY, scope);
            const seen = all.filter((row) => sees(scope, row));
            const expected = ids(evaluate(thing, seen, question));
            expect(ids(await walk(reads, 'Thing', question, size, false))).toEqual(expected);
            expect(ids(await walk(reads, 'Thing', question, size, true))).toEqual(expected);
            expect(await reads.count('Thing', question.filter)).toBe(expected.length);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a condition on the day, and on who asks, holds for lists, counts, ids and children alike', async () => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, questionArbitrary, scopeArbitrary, async (rows, question, scope) => {
        const all = await insert(rows);
        const reads = db.open(TODAY, scope);
        const late = all.filter((row) => row.due !== null && String(row.due) < TODAY && sees(scope, row));
        const expected = ids(evaluate(lateThing, late, question));
        expect(ids(await walk(reads, 'LateThing', question, 5, false))).toEqual(expected);
        expect(await reads.count('LateThing', question.filter)).toBe(expected.length);
        expect([...(await reads.byIds('LateThing', ids(all))).keys()].toSorted()).toEqual(ids(late).toSorted());
        const [ofOne] = await reads.children('LateThing', 'groupId', ['1']);
        expect(ofOne).toEqual(late.filter(({ groupId }) => groupId === '1'));
      }),
      { numRuns: 20 },
    );
  });
});

test('values come as the API promises them', async () => {
  const [row] = await insert([
    {
      code: '007',
      name: null,
      kind: 'NUT',
      is_active: true,
      size: 5,
      weight: '1.5',
      share: '1e21',
      serial: '9223372036854775807',
      due: '2026-11-20',
      made_at: '2026-11-22T08:00:00.25+02:00',
      seen_at: '2026-11-22 08:00:00',
      group_id: 3,
      plant_code: 'P1',
    },
  ]);
  expect(row).toEqual({
    id: '-20',
    code: '007',
    name: null,
    kind: 'NUT',
    isActive: true,
    size: 5,
    weight: '1.5000',
    share: '1000000000000000000000',
    serial: '9223372036854775807',
    due: '2026-11-20',
    madeAt: '2026-11-22T06:00:00.250000Z',
    seenAt: '2026-11-22T08:00:00.000000Z',
    groupId: '3',
    plantCode: 'P1',
    daysLate: 2,
  });
});

test('what PostgreSQL calls infinite or no number keeps its place in the order', async () => {
  const base = { code: 'x', kind: 'NUT', is_active: true, weight: '1', serial: '1', made_at: TIMES[0] };
  const all = await insert([
    { ...base, share: 'Infinity', seen_at: 'infinity' },
    { ...base, share: '2', seen_at: '2026-11-22 08:00:00' },
    { ...base, share: 'NaN', seen_at: '-infinity' },
  ]);
  expect(all.map(({ share, seenAt }) => [share, seenAt])).toEqual([
    ['Infinity', 'infinity'],
    ['2', '2026-11-22T08:00:00.000000Z'],
    ['NaN', '-infinity'],
  ]);
  for (const field of ['SHARE', 'SEEN_AT']) {
    const question = { filter: {}, orderBy: { field, direction: 'ASC' as const } };
    const whole = await db.reads.page('Thing', question);
    expect(ids(await walk(db.reads, 'Thing', question, 1, false))).toEqual(ids(whole.rows));
  }
});
