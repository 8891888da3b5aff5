/** A Tryton grown to many outgoing movements (`SKIFF_TEST_TRYTON_MOVES`): its flat rows are what its API says, and cost what they cost when it was small. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pool } from '../../../replica/connect.ts';
import { serveModels } from '../../../replica/serving.ts';
import { deployedSchema } from '../../../schema/deployed.ts';
import { testPostgres } from '../../postgres.ts';
import { type Cost, keyCosts, pageCosts } from '../plan-costs.ts';
import { answer, comparisons } from './answers.ts';
import { type Row, type TrytonApi, trytonApi, valueAt } from './api.ts';
import { type ConnectedReplica, connectReplica } from './connected.ts';
import { startTryton, type TrytonServer } from './server.ts';

const MOVES = Number(process.env.SKIFF_TEST_TRYTON_MOVES ?? 500_000);
/** Of each type, the newest ones. */
const COMPARED = 1_000;
const MOST_BLOCKS = 200;
const MOST_GROWTH = 1.5;
/** No growth to speak of: B-trees that are one level higher, and the rows of a page that lie in a block each. */
const SOME_BLOCKS = 6;
const BLOCKS_OF_A_PAGE = 64;

interface Costs {
  readonly keys: readonly Cost[];
  readonly pages: readonly Cost[];
}

describe(`a Tryton grown to ${MOVES} outgoing movements`, { timeout: 600_000 }, () => {
  const lent = new AsyncDisposableStack();
  let server: TrytonServer;
  let replica: ConnectedReplica;
  let small: Costs;
  let large: Costs;

  beforeAll(async () => {
    server = lent.use(await startTryton());
    await grow(server, MOVES / 5);
    {
      await using database = await testPostgres();
      await using first = await connectReplica(server.captureUrl, database.url);
      small = await costs(first, database.url);
    }
    await dropSlots(server);
    await grow(server, MOVES);
    const database = lent.use(await testPostgres());
    replica = lent.use(await connectReplica(server.captureUrl, database.url));
    large = await costs(replica, database.url);
  }, 1_200_000);
  afterAll(() => lent.disposeAsync(), 120_000);

  test('every flat type that Tryton can fill says what Tryton’s own API says', async () => {
    const api = await trytonApi(server.apiUrl);
    for (const comparison of await comparisons(api)) {
      const told = await answer(api, comparison, COMPARED);
      const columns = Object.keys([...told.values()][0] ?? {});
      const ours = await rowsById(replica, comparison.readModel, [...told.keys()], columns);
      expect([comparison.readModel, ours]).toEqual([comparison.readModel, Object.fromEntries(told)]);
      const where = comparison.readModel === 'location' ? `kind_code <> 'production'` : 'true';
      expect([comparison.readModel, await countOf(replica, comparison.readModel, where)]).toEqual([
        comparison.readModel,
        await api.count(comparison.model, comparison.domain ?? []),
      ]);
    }
    await compareParties(replica, api);
    await compareStock(replica, api);
    await compareOpenLines(replica, api);
  });

  test('to recompute one key of any read model reads few blocks, however many rows there are', () => {
    console.log(JSON.stringify(Object.fromEntries(large.keys.map(({ what, blocks }) => [what, blocks]))));
    expect(large.keys.filter(({ blocks }) => blocks > MOST_BLOCKS)).toEqual([]);
    // A day of one product in one location costs as much as it has movements: growing has put more of them on each day.
    expect(grown(small.keys, large.keys, 0).filter(({ what }) => what !== 'stock_day')).toEqual([]);
  });

  test('a page of any list, by each filter, order and search it offers, reads few blocks, however many rows there are', () => {
    expect(large.pages.filter(({ blocks }) => blocks > MOST_BLOCKS)).toEqual([]);
    expect(grown(small.pages, large.pages, BLOCKS_OF_A_PAGE)).toEqual([]);
  });
});

async function grow(server: TrytonServer, moves: number): Promise<void> {
  const counted = await server.scale(moves);
  expect(Object.entries(counted).filter(([what, number]) => what.startsWith('CHECK') && number !== 0)).toEqual([]);
}

async function costs(replica: ConnectedReplica, replicaUrl: string): Promise<Costs> {
  const readers = pool(replicaUrl, 2);
  const served = await serveModels(readers, replica.replica.definitions);
  try {
    await replica.db.query('vacuum analyze');
    const { flat } = deployedSchema({ missingTypes: ['PeriodCost'] });
    return {
      keys: await keyCosts(replica.db, replica.replica.definitions),
      pages: await pageCosts(replicaUrl, flat, served),
    };
  } finally {
    served.close();
    await readers.end();
  }
}

/** What reads more in the larger database, beyond what is no growth to speak of. */
const grown = (before: readonly Cost[], after: readonly Cost[], least: number) =>
  after.flatMap((cost) => {
    const earlier = before.find(({ what }) => what === cost.what)?.blocks;
    const allowed = earlier === undefined ? 0 : Math.max(earlier * MOST_GROWTH, earlier + SOME_BLOCKS, least);
    return cost.blocks > allowed ? [{ ...cost, before: earlier }] : [];
  });

/** What is to come would be kept for a replica that is gone. */
async function dropSlots({ superuserUrl }: TrytonServer): Promise<void> {
  const db = new pg.Client({ connectionString: superuserUrl });
  await db.connect();
  await db.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active');
  await db.end();
}

const countOf = async ({ db, table }: ConnectedReplica, model: string, where = 'true'): Promise<number> => {
  const { rows } = await db.query<{ n: string }>(`select count(*)::text as n from ${table(model)} where ${where}`);
  return Number(rows[0]?.n);
};

async function rowsById(
  replica: ConnectedReplica,
  model: string,
  ids: readonly string[],
  columns: readonly string[],
): Promise<Readonly<Record<string, Readonly<Record<string, string | null>>>>> {
  const rows = await replica.rows(model, `id in (${ids.join(', ') || 'null'})`);
  return Object.fromEntries(
    rows.map((row) => [row.id, Object.fromEntries(columns.map((column) => [column, row[column] ?? null]))]),
  );
}

/** Customers and suppliers are no models of Tryton's: they are the parties that such documents name. */
async function compareParties(replica: ConnectedReplica, api: TrytonApi): Promise<void> {
  const named = async (model: string, field: string): Promise<string[]> => {
    const parties = await api.searchRead('party.party', [], []);
    const found = await Promise.all(
      parties.map(async (party) => ((await api.count(model, [[field, '=', party.id]])) > 0 ? [String(party.id)] : [])),
    );
    return found.flat();
  };
  const roles: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    [
      'customer',
      [
        ['sale.sale', 'party'],
        ['stock.shipment.out', 'customer'],
      ],
    ],
    [
      'supplier',
      [
        ['purchase.purchase', 'party'],
        ['purchase.product_supplier', 'party'],
      ],
    ],
  ];
  for (const [readModel, documents] of roles) {
    const ids = new Set((await Promise.all(documents.map(([model, field]) => named(model, field)))).flat());
    const addresses = await api.searchRead(
      'party.address',
      [['active', '=', true]],
      ['party', 'street', 'postal_code', 'city', 'country.code'],
      {
        order: [
          ['sequence', 'ASC'],
          ['id', 'ASC'],
        ],
      },
    );
    const parties = await api.searchRead(
      'party.party',
      [['id', 'in', [...ids].map(Number)]],
      [...['code', 'rec_name', 'email', 'active']],
    );
    const told = parties.map((party) => {
      const address: Row = addresses.find((one) => one.party === party.id) ?? {};
      return {
        id: String(party.id),
        code: valueAt(party, 'code'),
        name: valueAt(party, 'rec_name'),
        street: valueAt(address, 'street'),
        postal_code: valueAt(address, 'postal_code'),
        city: valueAt(address, 'city'),
        country_code: valueAt(address, 'country.code'),
        email: valueAt(party, 'email') || null,
        is_active: party.active === true ? 't' : 'f',
      };
    });
    const ours = (await replica.rows(readModel)).toSorted((a, b) => Number(a.id) - Number(b.id));
    expect(ours.map((row) => pick(row, Object.keys(told[0] ?? {})))).toEqual(told);
  }
}

const pick = (row: Readonly<Record<string, string | null>>, columns: readonly string[]) =>
  Object.fromEntries(columns.map((column) => [column, row[column]]));

/** Tryton's `quantity` of a product in one location, and the sum of its open movements; of some products each. */
async function compareStock(replica: ConnectedReplica, api: TrytonApi): Promise<void> {
  const levels = await replica.rows('stock_level');
  const locations = [...new Set(levels.map((row) => Number(row.location_id)))];
  for (const location of locations) {
    const here = levels.filter((row) => Number(row.location_id) === location).slice(0, 3);
    const products = here.map((row) => Number(row.product_id));
    const quantities = await quantitiesAt(api, location);
    const sum = async (leg: string, state: readonly string[]) => {
      const sums = new Map<number, number>();
      const moves = await api.searchRead(
        'stock.move',
        [
          [leg, '=', location],
          ['product', 'in', products],
          ['state', 'in', state],
        ],
        ['product', 'internal_quantity'],
      );
      for (const { product, internal_quantity } of moves) {
        sums.set(Number(product), (sums.get(Number(product)) ?? 0) + Number(internal_quantity));
      }
      return sums;
    };
    const [incoming, outgoing, reserved] = [
      await sum('to_location', ['draft', 'assigned']),
      await sum('from_location', ['draft', 'assigned']),
      await sum('from_location', ['assigned']),
    ];
    expect(
      here.map(({ product_id, quantity, incoming, outgoing, reserved }) => ({
        product_id,
        quantity,
        incoming,
        outgoing,
        reserved,
      })),
    ).toEqual(
      here.map(({ product_id }) => ({
        product_id,
        quantity: String(quantities.get(Number(product_id)) ?? 0),
        incoming: String(incoming.get(Number(product_id)) ?? 0),
        outgoing: String(outgoing.get(Number(product_id)) ?? 0),
        reserved: String(reserved.get(Number(product_id)) ?? 0),
      })),
    );
  }
}

async function quantitiesAt(api: TrytonApi, location: number): Promise<ReadonlyMap<number, number>> {
  const rows = await api.searchRead('product.product', [], ['quantity'], {
    context: {
      locations: [location],
      with_childs: false,
      stock_date_end: { __class__: 'date', year: 9999, month: 12, day: 31 },
      forecast: false,
    },
  });
  return new Map(rows.map((row) => [Number(row.id), Number(row.quantity)]));
}

/** How much of an order line has left, and how much is still planned to, by its movements. */
async function compareOpenLines(replica: ConnectedReplica, api: TrytonApi): Promise<void> {
  const lines: readonly (readonly [string, string, string])[] = [
    ['sales_order_line', 'sale.line', 'shipped_quantity'],
    ['purchase_order_line', 'purchase.line', 'received_quantity'],
  ];
  for (const [readModel, model, done] of lines) {
    const found = await api.searchRead(model, [['type', '=', 'line']], ['moves'], {
      limit: COMPARED,
      order: [['id', 'DESC']],
    });
    const ids = found.flatMap((line) => (Array.isArray(line.moves) ? line.moves : []));
    const moves = new Map(
      (await api.searchRead('stock.move', [['id', 'in', ids]], ['state', 'quantity'])).map((move) => [move.id, move]),
    );
    const sum = (line: Row, states: readonly string[]) =>
      (Array.isArray(line.moves) ? line.moves : [])
        .map((id) => moves.get(id))
        .filter((move) => move !== undefined && states.includes(String(move.state)))
        .reduce((total, move) => total + Number(move?.quantity), 0);
    const ours = await rowsById(
      replica,
      readModel,
      found.map((line) => String(line.id)),
      [done, 'open_quantity', 'is_open'],
    );
    expect(ours).toEqual(
      Object.fromEntries(
        found.map((line) => {
          const open = sum(line, ['staging', 'draft', 'assigned']);
          return [
            String(line.id),
            { [done]: String(sum(line, ['done'])), open_quantity: String(open), is_open: open > 0 ? 't' : 'f' },
          ];
        }),
      ),
    );
  }
}
