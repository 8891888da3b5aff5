/**
 * How long it takes from the ERP's COMMIT until an answer holds the change: rows are marked with values that are known,
 * and a client asks for the marked rows, back to back, until it sees them.
 *
 * ```
 * update … ─► COMMIT returned ─────────────► first answer with the value
 *             └────────── a sample ──────────┘
 * ```
 *
 * The rows are of closed documents, which no transaction of the traffic touches.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Database } from './databases.ts';
import { type GraphqlClient, graphqlClient } from './graphql-client.ts';

/** A column that is marked, and the field it is seen in. A key is a row's primary key in the ERP. */
export interface MarkerKind {
  readonly name: string;
  /** SELECT of the keys that may be marked. */
  readonly keys: string;
  /** UPDATE of one row: `$1` is the mark, a whole number as text, `$2 …` the key. */
  readonly write: string;
  /** GraphQL type of what rows are asked by, the first column of their keys. */
  readonly askedBy: 'ID' | 'String';
  /** Root field whose nodes have `id` and `mark`, of the rows that the variable lists. */
  readonly field: (variable: string) => string;
}

/** An order's reference. */
export const orderReference: MarkerKind = {
  name: 'orders',
  keys: `select order_no from sales_header where status_code = 'C'`,
  write: 'update sales_header set customer_reference = $1 where order_no = $2',
  askedBy: 'String',
  field: (orders) =>
    `salesOrders(filter: { number: { in: ${orders} } }, first: 500) { nodes { id mark: customerReference } }`,
};

/** What was delivered: it is counted in several read models, and looked for in one. */
export const deliveredQuantity: MarkerKind = {
  name: 'shipments',
  keys: `select delivery_no, item_no from delivery_status where billing_status = 'C'`,
  write: 'update delivery_item set delivery_qty = $1::text::numeric where delivery_no = $2 and item_no = $3',
  askedBy: 'ID',
  field: (shipments) =>
    `shipmentLines(filter: { shipmentId: { in: ${shipments} } }, first: 500) { nodes { id mark: quantity } }`,
};

export interface MarkerSettings {
  readonly erp: Database;
  /** The gateway's GraphQL. */
  readonly graphql: string;
  readonly kinds: readonly MarkerKind[];
  readonly ratePerSecond: number;
  /** Ends the writing; what is on its way is still waited for. */
  readonly signal: AbortSignal;
}

export interface Sample {
  /** When the COMMIT had returned, by `performance.now()`. */
  readonly committedAt: number;
  readonly lagMs: number;
}

export interface Markers {
  readonly samples: readonly Sample[];
  readonly written: number;
  /** Not seen within ten seconds. */
  readonly lost: number;
}

const LOST_AFTER_MS = 10_000;
const MOST_ROWS = 4_000;
const LANES = 4;

interface Marker {
  readonly kind: MarkerKind;
  readonly key: readonly string[];
  readonly mark: number;
  committedAt: number | null;
  seenAt: number | null;
}

export async function watchMarkers(settings: MarkerSettings): Promise<Markers> {
  const underway = new Set<Marker>();
  const rows = await markedRows(settings);
  const writing = writeMarkers(settings, rows, underway);
  const [written, watched] = await Promise.all([writing, watch(settings, writing, underway)]);
  return { ...watched, written };
}

type MarkedRows = ReadonlyMap<MarkerKind, readonly string[][]>;

async function markedRows({ erp, kinds, ratePerSecond }: MarkerSettings): Promise<MarkedRows> {
  const found = new Map<MarkerKind, string[][]>();
  for (const kind of kinds) {
    const { rows } = await erp.pool.query<string[]>({
      text: `select * from (${kind.keys} order by 1 desc limit ${MOST_ROWS}) k order by random()`,
      rowMode: 'array',
    });
    // A row is marked again when nobody waits for its last mark any more.
    const needed = (ratePerSecond / kinds.length) * (LOST_AFTER_MS / 1_000);
    if (rows.length < needed)
      throw new Error(`Only ${rows.length} ${kind.name} can be marked: more --lines are needed`);
    found.set(kind, rows);
  }
  return found;
}

/** Marks rows at a steady rate, the kinds in turn; resolves with their number. */
async function writeMarkers(
  { erp, kinds, ratePerSecond, signal }: MarkerSettings,
  rows: MarkedRows,
  underway: Set<Marker>,
): Promise<number> {
  const begun = performance.now();
  let written = 0;
  const lane = async (first: number) => {
    for (let mark = first; ; mark += LANES) {
      const wait = begun + (mark * 1_000) / ratePerSecond - performance.now();
      if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const kind = kinds[mark % kinds.length];
      const own = (kind && rows.get(kind)) ?? [];
      const key = own[Math.floor(mark / kinds.length) % own.length];
      if (!kind || !key) throw new Error('There is nothing to mark');
      const marker: Marker = { kind, key, mark, committedAt: null, seenAt: null };
      // It may be seen before this process hears that it is committed.
      underway.add(marker);
      await erp.pool.query({ name: `mark ${kind.name}`, text: kind.write, values: [String(mark), ...key] });
      marker.committedAt = performance.now();
      written++;
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, at) => lane(at + 1)));
  return written;
}

/** One client, asking back to back. */
async function watch(
  { graphql }: MarkerSettings,
  writing: Promise<unknown>,
  underway: Set<Marker>,
): Promise<Omit<Markers, 'written'>> {
  using client = graphqlClient(graphql);
  const samples: Sample[] = [];
  let lost = 0;
  let isWriting = true;
  writing.then(
    () => {
      isWriting = false;
    },
    () => {},
  );
  while (isWriting || underway.size > 0) {
    await look(client, [...underway]);
    for (const marker of underway) {
      const { committedAt, seenAt } = marker;
      if (committedAt === null) continue;
      if (seenAt !== null) samples.push({ committedAt, lagMs: Math.max(0, seenAt - committedAt) });
      else if (performance.now() - committedAt > LOST_AFTER_MS) lost++;
      else continue;
      underway.delete(marker);
    }
  }
  return { samples, lost };
}

const Nodes = z.object({ nodes: z.array(z.object({ id: z.string(), mark: z.string().nullable() })) });

/** Asks for all that is on its way, in one request, and notes what the answer holds. */
async function look(client: GraphqlClient, asked: readonly Marker[]): Promise<void> {
  const byKind = [...Map.groupBy(asked, ({ kind }) => kind)].toSorted(([a], [b]) => a.name.localeCompare(b.name));
  if (byKind.length === 0) return void (await client.ask('query Nothing { __typename }', {}, z.unknown()));
  // One document for each choice of kinds, so that the gateway knows it again.
  const query = `query Markers(${byKind.map(([{ name, askedBy }]) => `$${name}: [${askedBy}!]`)}) {
    ${byKind.map(([{ name, field }]) => `${name}: ${field(`$${name}`)}`).join(' ')}
  }`;
  const variables = byKind.map(([{ name }, markers]) => [name, [...new Set(markers.map(({ key }) => key[0]))]]);
  const { data } = await client.ask(query, Object.fromEntries(variables), z.record(z.string(), Nodes));
  const now = performance.now();
  for (const [{ name }, markers] of byKind) {
    const marks = new Map(data[name]?.nodes.map(({ id, mark }) => [id, mark]));
    for (const marker of markers) {
      // A quantity comes with its decimals.
      if (Number(marks.get(marker.key.join(':'))) === marker.mark) marker.seenAt ??= now;
    }
  }
}
