/**
 * Serves the read models of this process's definitions, as soon as they are ready.
 *
 * What is served is looked up when the replica says there is news, and once a second. Until a changed definition is
 * built, an older one that has all the columns goes on being served. Definitions in use are claimed, so that whoever
 * maintains them does not drop them.
 */
import type pg from 'pg';
import { freshChannel } from './freshness.ts';
import { type Definition, readTable } from './model/definition.ts';
import type { ModelFreshness, ServedModel, ServedModels } from './served.ts';

export interface Serving extends ServedModels {
  /** Looks again at once. */
  refresh(): Promise<void>;
  /** Types that no ready definition serves yet. */
  missing(): string[];
  close(): void;
}

interface Ready {
  readonly definition: Definition;
  readonly own: boolean;
  readonly freshness: ModelFreshness;
}

const everyMs = 1_000;
const claimEveryMs = 60_000;

export async function serveModels(db: pg.Pool, definitions: readonly Definition[]): Promise<Serving> {
  const wanted = definitions.filter(({ type }) => type !== null);
  let served = new Map<string, Ready>();
  let claimedAt = 0;

  const look = async () => {
    const ready = await readyModels(db, wanted);
    served = new Map(wanted.flatMap((one) => choose(one, ready)).map((one) => [one.definition.type ?? '', one]));
    if (performance.now() - claimedAt < claimEveryMs && claimedAt > 0) return;
    claimedAt = performance.now();
    const hashes = [...definitions, ...[...served.values()].map(({ definition }) => definition)].map(
      ({ hash }) => hash,
    );
    await db.query('update skiff.read_model set claimed_at = now() where hash = any($1)', [hashes]);
  };
  await look();

  let looking: Promise<void> | null = null;
  const refresh = () => {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };
  // A lost connection shows as an answer that ages; the next look mends it.
  const news = () => void refresh().catch(() => undefined);
  const timer = setInterval(news, everyMs);
  timer.unref();
  const listener = await db.connect();
  listener.on('notification', news);
  // The timer goes on without it.
  listener.on('error', () => undefined);
  await listener.query(`listen ${freshChannel}`);

  const find = (type: string): Ready => {
    const found = served.get(type);
    if (!found) throw new Error(`No read model is ready for ${type}`);
    return found;
  };
  return {
    has: (type) => served.has(type),
    get: (type) => servedModel(find(type).definition),
    freshness: (type) => find(type).freshness,
    refresh,
    missing: () => wanted.flatMap(({ type }) => (type !== null && !served.has(type) ? [type] : [])),
    close: () => {
      clearInterval(timer);
      listener.release(true);
    },
  };
}

async function readyModels(db: pg.Pool, wanted: readonly Definition[]): Promise<Ready[]> {
  const { rows } = await db.query<{
    definition: string;
    as_of: string | null;
    deletions_as_of: string | null;
    stopped: string;
    incomplete: string;
  }>({
    name: 'ready_models',
    text: /* sql */ `
      select definition::text, to_char(as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as as_of,
        to_char(deletions_as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as deletions_as_of,
        (stopped is not null)::text as stopped,
        exists (select from skiff.quarantine q where q.hash = m.hash)::text as incomplete
      from skiff.read_model m where state = 'ready' and model = any($1) order by registered_at desc`,
    values: [wanted.map(({ model }) => model)],
  });
  return rows.map((row) => {
    const definition: Definition = JSON.parse(row.definition);
    return {
      definition,
      own: wanted.some(({ hash }) => hash === definition.hash),
      freshness: {
        asOf: new Date(row.as_of ?? 0),
        deletionsAsOf: new Date(row.deletions_as_of ?? 0),
        stopped: row.stopped === 'true',
        incomplete: row.incomplete === 'true',
      },
    };
  });
}

/** The wanted definition, or else the newest that has its key, its plant and all its columns. */
function choose(wanted: Definition, ready: readonly Ready[]): Ready[] {
  const fitting = ready.filter(
    ({ definition }) =>
      definition.type === wanted.type &&
      definition.plant === wanted.plant &&
      JSON.stringify(definition.key) === JSON.stringify(wanted.key) &&
      Object.entries(wanted.columns).every(([name, type]) => definition.columns[name] === type),
  );
  const best = fitting.find(({ definition }) => definition.hash === wanted.hash) ?? fitting[0];
  return best ? [best] : [];
}

const servedModel = (definition: Definition): ServedModel => ({
  type: definition.type ?? '',
  hash: definition.hash,
  table: readTable(definition),
  key: definition.key,
  columns: definition.columns,
});
