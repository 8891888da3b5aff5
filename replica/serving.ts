/**
 * Serves the read models of this process's definitions, as soon as they are ready, and knows how fresh they are.
 *
 * It looks when the replica says there is news, and once a second. Until a changed definition is built, an older one that
 * has all the columns goes on being served. Definitions in use are claimed, so that whoever maintains them
 * does not drop them.
 */
import type pg from 'pg';
import { ChangeFeed, changedChannel } from './change-feed.ts';
import { type DataVersions, dataVersion } from './data-version.ts';
import { DatabaseClock } from './database-clock.ts';
import type { FreshnessSource } from './fresh-enough.ts';
import { freshChannel } from './freshness.ts';
import { Listener } from './listener.ts';
import { type Look, look, type SeenModel } from './look.ts';
import { type Definition, readTable } from './model/definition.ts';
import { oneAfterTheOther } from './one-after-the-other.ts';
import type { Query } from './queryable.ts';
import { Questions } from './questions.ts';
import type { ServedModel, ServedModels } from './served.ts';

export interface Serving extends ServedModels, FreshnessSource, DataVersions {
  /** What has changed; never behind what is said here of positions and freshness, unless it cannot be read. */
  readonly changes: ChangeFeed;
  /** Whether what was read and kept may be answered with: nothing that is said here of positions and freshness is ahead of the changes. */
  readonly isFollowing: () => boolean;
  /** Looks again at once. */
  refresh(): Promise<void>;
  /** Types that no ready definition serves yet. */
  missing(): string[];
  close(): void;
}

interface Ready {
  readonly definition: Definition;
  readonly freshness: SeenModel;
}

const everyMs = 1_000;
const claimEveryMs = 60_000;

export async function serveModels(db: pg.Pool, definitions: readonly Definition[]): Promise<Serving> {
  const wanted = definitions.filter(({ type }) => type !== null);
  const models = wanted.map(({ model }) => model);
  const known = new Map(definitions.map((one) => [one.hash, one]));
  const clock = new DatabaseClock();
  const waiting = new Set<() => void>();
  let served = new Map<string, Ready>();
  let seen: Look['position'] | null = null;

  // Looks and questions go by the listener's own connection: on the pool's they would queue behind what clients read.
  const query: Query = (statement) => (listener.isConnected ? listener.query(statement) : db.query(statement));
  const questions = new Questions(query);
  const changes = new ChangeFeed(query);

  const lookOnce = async () => {
    const sentAt = performance.now();
    const found = await look(query, models, questions.ids);
    const receivedAt = performance.now();
    // After the look, so that what is said of changes is never behind what is said of freshness.
    if (changes.isFollowed) await changes.read().catch(() => undefined);
    clock.shown(found.shownMs, sentAt, receivedAt);
    await learn(db, found.models, known);
    const ready = found.models.flatMap((freshness) => {
      const definition = known.get(freshness.hash);
      return definition ? [{ definition, freshness }] : [];
    });
    served = new Map(wanted.flatMap((one) => choose(one, ready)).map((one) => [one.definition.type ?? '', one]));
    seen = found.position;
    questions.answered(found.answers);
    for (const check of waiting) check();
  };
  const claimAll = () => claim(db, [...definitions, ...[...served.values()].map(({ definition }) => definition)]);
  const refresh = oneAfterTheOther(lookOnce);
  // What fails is mended by the next look; until then answers age.
  const news = () => void refresh().catch(() => undefined);
  const listener = new Listener(
    async () => {
      const client = await db.connect();
      return { client, close: () => client.release(true) };
    },
    { [freshChannel]: news, [changedChannel]: () => changes.wake() },
  );
  const timer = setInterval(news, everyMs);
  const claiming = setInterval(() => void claimAll().catch(() => undefined), claimEveryMs);
  for (const one of [timer, claiming]) one.unref();
  const close = () => {
    clearInterval(timer);
    clearInterval(claiming);
    listener.close();
  };
  try {
    await refresh();
    await claimAll();
  } catch (error) {
    close();
    throw error;
  }

  const position = (): Look['position'] => {
    if (!seen) throw new Error('The replica has not been seen yet');
    return seen;
  };
  const find = (type: string): Ready => {
    const found = served.get(type);
    if (!found) throw new Error(`No read model is ready for ${type}`);
    return found;
  };
  return {
    has: (type) => served.has(type),
    get: (type) => servedModel(find(type).definition),
    freshness: (type) => find(type).freshness,
    version: (type) => dataVersion({ epoch: position().epoch, ...find(type).freshness }),
    get position() {
      return position();
    },
    changes,
    isFollowing: () => changes.isLive && seen !== null && !isBehind(changes, seen),
    latestNow: () => clock.latest(),
    refresh,
    ask: ({ types, ids, maxStalenessMs }, signal) => {
      const hashOf = (type: string) => find(type).definition.hash;
      const byHash = Object.fromEntries([...ids].map(([type, some]) => [hashOf(type), some]));
      return questions.ask({ hashes: types.map(hashOf), ids: byHash, maxStalenessMs }, signal);
    },
    until: (isSo, signal) => until(waiting, isSo, signal),
    missing: () => wanted.flatMap(({ type }) => (type !== null && !served.has(type) ? [type] : [])),
    close,
  };
}

const isBehind = ({ position }: ChangeFeed, { epoch, batch }: Look['position']): boolean =>
  position === null || position.epoch !== epoch || BigInt(position.batch) < batch;

async function until(waiting: Set<() => void>, isSo: () => boolean, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (isSo()) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const check = () => {
    if (isSo()) resolve();
  };
  const leave = () => reject(signal.reason);
  waiting.add(check);
  signal.addEventListener('abort', leave);
  try {
    await promise;
  } finally {
    waiting.delete(check);
    signal.removeEventListener('abort', leave);
  }
}

/** A hash never means another definition, so each is read once. */
async function learn(db: pg.Pool, models: readonly SeenModel[], known: Map<string, Definition>): Promise<void> {
  const unknown = models.filter(({ hash }) => !known.has(hash)).map(({ hash }) => hash);
  if (unknown.length === 0) return;
  const { rows } = await db.query<{ definition: string }>(
    'select definition::text from skiff.read_model where hash = any($1)',
    [unknown],
  );
  for (const row of rows) {
    const definition: Definition = JSON.parse(row.definition);
    known.set(definition.hash, definition);
  }
}

/** One at a time: the applier updates several in one transaction, and whoever locked another before would deadlock with it. */
async function claim(db: pg.Pool, definitions: readonly Definition[]): Promise<void> {
  for (const hash of new Set(definitions.map((one) => one.hash))) {
    await db.query('update skiff.read_model set claimed_at = now() where hash = $1', [hash]);
  }
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
  logged: definition.logged,
});
