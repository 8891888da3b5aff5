/**
 * Copies tables of the ERP as they stood in one exported snapshot.
 *
 * ```
 * import snapshot ─► lock (ACCESS SHARE) ─► has any been rewritten since? ─► COPY, table by table ─► writer
 *                                └──── somebody waits for us: give way, begin again later ────┘
 * ```
 *
 * A table that DDL rewrote after the snapshot looks empty in it, and the stream says nothing of it: such a
 * copy would be wrong without a word, so it is refused.
 */
import { pipeline, type Readable, Transform } from 'node:stream';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { CopyWriter } from '../connector.ts';
import { connectErp, cut, disconnect } from './connect.ts';
import { ident, literal } from './sql.ts';

export interface CopiedTable {
  readonly name: string;
  /** What is copied of it: what is declared and the ERP has. */
  readonly columns: readonly string[];
  /** Tables that inherit from it hold rows of their own, which are not streamed under its name. */
  readonly hasChildren: boolean;
}

export interface CopyPlan {
  readonly connectionString: string;
  readonly schema: string;
  /** Of an exported snapshot. */
  readonly snapshot: string;
  readonly tables: readonly CopiedTable[];
  /** `rows` more of a table were read. */
  onRows(table: string, rows: number): void;
}

/** The copy ended so as not to stand in the ERP's way, or was overtaken by its DDL. It is begun anew. */
export class CopyInterrupted extends Error {}

const WATCH_EVERY_MS = 1_000;
const LOCK_TIMEOUT_MS = 5_000;

export async function copyTables(plan: CopyPlan, writer: CopyWriter, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const client = await connectErp(plan.connectionString, 'copy');
  const leave = () => cut(client);
  signal.addEventListener('abort', leave);
  let watch: Watch | null = null;
  try {
    watch = await watchForWaiters(client, plan.connectionString);
    await client.query('begin isolation level repeatable read read only');
    await client.query(`set transaction snapshot ${literal(plan.snapshot)}`);
    await lock(client, plan);
    await client.query('set local statement_timeout = 0');
    for (const table of plan.tables) await copyTable(client, plan, table, writer);
    await client.query('commit');
  } catch (error) {
    signal.throwIfAborted();
    throw watch?.waiter
      ? new CopyInterrupted(`${watch.waiter} waits for a lock on a table that is being copied`)
      : error;
  } finally {
    signal.removeEventListener('abort', leave);
    await Promise.all([disconnect(client), watch?.end()]);
  }
}

async function lock(client: pg.Client, { schema, tables }: CopyPlan): Promise<void> {
  const names = tables.map((table) => fromClause(schema, table));
  await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
  try {
    await client.query(`lock table ${names.join(', ')} in access share mode`);
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    throw new CopyInterrupted('Somebody holds an exclusive lock on a table to be copied', { cause: error });
  }
  // Queries of the catalog see it as of the snapshot, these functions as it is now.
  const { rows } = await client.query<{ name: string }>(
    /* sql */ `
      with recursive part (name, oid) as (
        select n.name, pg_catalog.to_regclass(n.name)::oid from unnest($1::text[]) n (name)
        union all
        select p.name, h.inhrelid
        from part p
        join pg_catalog.pg_class c on c.oid = p.oid and c.relkind = 'p'
        join pg_catalog.pg_inherits h on h.inhparent = p.oid
      )
      select p.name from part p left join pg_catalog.pg_class c on c.oid = p.oid
      where c.oid is null or c.relkind = 'r' and c.relfilenode <> pg_catalog.pg_relation_filenode(c.oid)
      limit 1`,
    [tables.map(({ name }) => `${ident(schema)}.${ident(name)}`)],
  );
  if (rows[0]) throw new CopyInterrupted(`The table ${rows[0].name} was rewritten or emptied after the snapshot`);
}

/** `only` would leave out the partitions of a partitioned table. */
const fromClause = (schema: string, { name, hasChildren }: CopiedTable): string =>
  `${hasChildren ? 'only ' : ''}${ident(schema)}.${ident(name)}`;

const LOCK_NOT_AVAILABLE = '55P03';
const isLockTimeout = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE;

async function copyTable(client: pg.Client, plan: CopyPlan, table: CopiedTable, writer: CopyWriter): Promise<void> {
  const name = fromClause(plan.schema, table);
  const source = client.query(copyTo(`copy (select ${table.columns.map(ident).join(', ')} from ${name}) to stdout`));
  const rows = countRows(source, (count) => plan.onRows(table.name, count));
  try {
    await writer.copy(table.name, table.columns, rows);
  } catch (error) {
    throw rows.errored ?? error;
  }
}

const NEWLINE = 0x0a;

/** The same bytes. A row of COPY's text format is a line: newlines in values are escaped. */
function countRows(source: Readable, onRows: (count: number) => void): Readable {
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let count = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) count++;
      onRows(count);
      done(null, chunk);
    },
  });
  // What goes wrong at either end ends the other; who reads the rows is told.
  return pipeline(source, counter, () => {});
}

interface Watch {
  /** Who was given way to. */
  readonly waiter: string | null;
  end(): Promise<void>;
}

/**
 * Looks whether somebody waits for a lock that `client` holds, and if so ends the client. It asks on a connection of
 * its own: what Skiff asks on another may itself wait, behind who waits for us.
 */
async function watchForWaiters(client: pg.Client, connectionString: string): Promise<Watch> {
  const { rows } = await client.query<{ pid: string }>('select pg_catalog.pg_backend_pid() as pid');
  const watcher = await connectErp(connectionString, 'watch');
  const pid = Number(rows[0]?.pid);
  let waiter: string | null = null;
  const look = async () => {
    const waiting = await watcher.query<{ pid: string; application: string }>({
      name: 'erp_waits_for_us',
      text: /* sql */ `
        select l.pid, a.application_name as application
        from (select distinct pid from pg_catalog.pg_locks where not granted offset 0) l
        join pg_catalog.pg_stat_activity a using (pid)
        where $1::int = any(pg_catalog.pg_blocking_pids(l.pid))
        limit 1`,
      values: [pid],
    });
    const [first] = waiting.rows;
    if (!first) return;
    waiter = `Process ${first.pid} (${first.application})`;
    await watcher.query('select pg_catalog.pg_terminate_backend($1)', [pid]);
  };
  const timer = setInterval(() => {
    look().catch(() => cut(client)); // without the watch nothing may be held
  }, WATCH_EVERY_MS);
  return {
    get waiter() {
      return waiter;
    },
    end() {
      clearInterval(timer);
      return disconnect(watcher);
    },
  };
}
