/**
 * What the resolvers of one client request share, across all subgraphs of the process.
 *
 * Made once per request: a DataLoader remembers what it has seen, and the day must not change between
 * the first row and the last.
 */
import DataLoader from 'dataloader';
import type { Caller } from '../commands/caller.ts';
import type { Desk } from '../commands/desk.ts';
import type { AccessScope } from '../replica/access-scope.ts';
import type { GroundsCollector } from '../replica/grounds.ts';
import type { Filter, FlatReads, FlatRow, OpenReads, Page, PageArguments } from '../replica/read.ts';
import type { ServedModels } from '../replica/served.ts';
import { FreshnessCollector } from './freshness.ts';
import type { Principal } from './principal.ts';

export interface SubgraphContext {
  /** The day that `$today` means, the same for the whole request: `YYYY-MM-DD`. */
  readonly today: string;
  /** Which rows the caller may see. */
  readonly scope: AccessScope;
  readonly freshness: FreshnessCollector;
  /** What is told what the answer rests on, if anything is. */
  readonly grounds: () => GroundsCollector | null;
  /** From now on the collector is told what the answer rests on. To be called before anything is read. */
  restOn(grounds: GroundsCollector): void;
  /** Commands, in the caller's name. Throws where this process keeps none. */
  readonly desk: () => Desk;
  /** The row with this id, or null: missing and outside of the type's `where` look the same. */
  load(type: string, id: string): Promise<FlatRow | null>;
  /** The rows of `type` whose field `by` holds this id. */
  children(type: string, by: string, parent: string): Promise<readonly FlatRow[]>;
  page(type: string, args: PageArguments): Promise<Page>;
  cursor(type: string, page: Page, row: FlatRow): string;
  count(type: string, filter: Filter): Promise<number>;
  /** Reads for a compiled document, which is as fresh as the oldest of all types it names. */
  trees(types: readonly string[]): Pick<FlatReads, 'tree' | 'treePage'>;
}

/** Where a request comes from, and the id it goes by. */
export interface Origin {
  readonly requestId: string;
  readonly address: string | null;
}

export type NewContext = (principal: Principal, origin: Origin) => SubgraphContext;

/** Who asks, as commands know them. */
export const callerOf = ({ name, scopes, access }: Principal, { requestId, address }: Origin): Caller => ({
  name,
  scopes,
  access,
  traceId: requestId,
  address,
});

/** The most keys of one statement; above it another runs. */
const MOST_KEYS = 1_000;

export function subgraphContext(
  openReads: OpenReads,
  served: ServedModels,
  today: string,
  scope: AccessScope,
  desk: () => Desk = noDesk,
): SubgraphContext {
  let reads = openReads(today, scope);
  let told: GroundsCollector | null = null;
  const freshness = new FreshnessCollector();
  let opened: Desk | undefined;
  const rows = new Map<string, DataLoader<string, FlatRow | null>>();
  const children = new Map<string, DataLoader<string, readonly FlatRow[]>>();

  const rowsOf = (type: string) =>
    kept(rows, type, () =>
      rowLoader(
        type,
        () => reads,
        () => freshness.use(served.freshness(type)),
      ),
    );
  const childrenOf = (type: string, by: string) =>
    kept(children, `${type}.${by}`, () =>
      childLoader(
        type,
        by,
        () => reads,
        () => freshness.use(served.freshness(type)),
        rowsOf(type),
      ),
    );

  return {
    today,
    scope,
    freshness,
    // No getter: a server may copy this object.
    grounds: () => told,
    restOn(grounds) {
      told = grounds;
      reads = openReads(today, scope, grounds);
    },
    desk() {
      opened ??= desk();
      return opened;
    },
    load: (type, id) => rowsOf(type).load(id),
    children: (type, by, parent) => childrenOf(type, by).load(parent),
    async page(type, args) {
      freshness.use(served.freshness(type));
      const page = await reads.page(type, args);
      prime(rowsOf(type), page.rows);
      return page;
    },
    cursor: (type, page, row) => reads.cursor(type, page, row),
    count(type, filter) {
      freshness.use(served.freshness(type));
      return reads.count(type, filter);
    },
    trees(types) {
      for (const type of types) freshness.use(served.freshness(type));
      return reads;
    },
  };
}

function noDesk(): never {
  throw new TypeError('This process keeps no commands');
}

function rowLoader(type: string, reads: () => FlatReads, beforeRead: () => void): DataLoader<string, FlatRow | null> {
  return new DataLoader<string, FlatRow | null>(
    async (ids) => {
      beforeRead();
      const found = await reads().byIds(type, ids);
      return ids.map((id) => found.get(id) ?? null);
    },
    { name: type, maxBatchSize: MOST_KEYS },
  );
}

function childLoader(
  type: string,
  by: string,
  reads: () => FlatReads,
  beforeRead: () => void,
  siblings: DataLoader<string, FlatRow | null>,
): DataLoader<string, readonly FlatRow[]> {
  return new DataLoader<string, readonly FlatRow[]>(
    async (parents) => {
      beforeRead();
      const found = await reads().children(type, by, parents);
      for (const rows of found) if (!(rows instanceof Error)) prime(siblings, rows);
      return found;
    },
    { name: `${type}.${by}`, maxBatchSize: MOST_KEYS },
  );
}

/** Rows a list brought need not be read again when the gateway asks for them as entities. */
function prime(loader: DataLoader<string, FlatRow | null>, rows: readonly FlatRow[]): void {
  for (const row of rows) loader.prime(row.id, row);
}

function kept<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
