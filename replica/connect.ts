/**
 * Connections to the replica's database.
 *
 * Values come as the text PostgreSQL prints: exact, and in one format whatever the server's or the
 * machine's settings are. Whoever needs a number or a boolean parses it where it is used.
 */
import pg from 'pg';
import { READER } from './protection.ts';
import { exportSettings, readSettings } from './read/settings.ts';

const asText = { getTypeParser: () => (value: unknown) => value };

const settings = {
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'iso_8601',
  extra_float_digits: '1',
} as const;

/**
 * Recomputing a few keys reads a few rows through indexes, so the plan for one key is the plan for all:
 * planning it again would cost more than running it (facts: 16 against 2 ms for an eight-table read model).
 */
const applierSettings = {
  ...settings,
  plan_cache_mode: 'force_generic_plan',
  join_collapse_limit: '16',
  from_collapse_limit: '16',
  jit: 'off',
} as const;

const options = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');

export type Role = 'reader' | 'applier' | 'builder' | 'commands' | 'listener';

const config = (connectionString: string, role: Role): pg.ClientConfig => ({
  connectionString,
  application_name: `skiff ${role}`,
  options: options(role === 'applier' ? applierSettings : settings),
  types: asText,
  keepAlive: true,
});

/** A connected client. The applier's and a listener's are pipelined: statements queued together travel together. */
export async function connect(connectionString: string, role: Role): Promise<pg.Client> {
  const client = new pg.Client({
    ...config(connectionString, role),
    pipeline: role === 'applier' || role === 'listener',
  } as pg.ClientConfig);
  client.on('error', () => {
    // The next query rejects with the reason; without a listener the process would end here.
  });
  await client.connect();
  return client;
}

/** Connections that read about the read models: what is ready, how it is doing. Pipelined: looks and the change log are read side by side. */
export const pool = (connectionString: string, max: number): pg.Pool =>
  lasting({
    ...config(connectionString, 'reader'),
    options: options({ ...settings, ...readSettings }),
    pipeline: true,
    max,
  } as pg.PoolConfig);

/** Connections that read models are read on (`scoped-rows.ts`): pipelined, and from their beginning as one who sees no row. */
export const rowPool = (
  connectionString: string,
  max: number,
  others: Readonly<Record<string, string>> = {},
): pg.Pool =>
  lasting({
    ...config(connectionString, 'reader'),
    options: options({ ...settings, ...readSettings, ...others, role: READER }),
    pipeline: true,
    max,
  } as pg.PoolConfig);

/** Connections that exports are read on, one after the other: rows are taken as fast as their reader takes them. */
export const exportPool = (connectionString: string, max: number, timeoutMs: number): pg.Pool =>
  lasting({
    ...config(connectionString, 'reader'),
    options: options({
      ...settings,
      ...readSettings,
      ...exportSettings,
      statement_timeout: String(timeoutMs),
      idle_in_transaction_session_timeout: String(timeoutMs),
      role: READER,
    }),
    connectionTimeoutMillis: EXPORT_QUEUE_MS,
    max,
  });

/** Who has waited so long for other exports to end is told to come again. */
const EXPORT_QUEUE_MS = 5_000;

/** Connections that commands are kept on: pipelined, so that a transaction of statements known beforehand is one packet. */
export const commandPool = (connectionString: string, max: number): pg.Pool =>
  lasting({ ...config(connectionString, 'commands'), pipeline: true, max } as pg.PoolConfig);

function lasting(settings: pg.PoolConfig): pg.Pool {
  const made = new pg.Pool({ ...settings, allowExitOnIdle: true });
  made.on('error', () => {
    // An idle connection was lost; the pool opens another.
  });
  return made;
}
