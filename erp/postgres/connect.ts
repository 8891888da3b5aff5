/**
 * Connections to the ERP's database.
 *
 * Whatever the server, the database or the role has set: values come as the text that the contract of
 * changes asks for (erp/change.ts), nothing waits for ever but what must, and row-level security that would
 * hide rows from us is an error instead. The settings are made by query, not in the URL, so that a pooler
 * that refuses start-up options is no hindrance.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export type Purpose = 'control' | 'copy' | 'watch' | 'replication';

const SECOND_MS = 1_000;
const CONNECT_TIMEOUT_MS = 10 * SECOND_MS;
/** Longer than the server's own timeout: for a connection that has silently died. */
const ANSWER_TIMEOUT_MS = 45 * SECOND_MS;
const GOODBYE_MS = 2 * SECOND_MS;

const settings = {
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'iso_8601',
  bytea_output: 'hex',
  extra_float_digits: '3', // below 12 the default loses digits
  row_security: 'off',
  statement_timeout: String(30 * SECOND_MS),
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0', // from 14
  transaction_timeout: '0', // from 17
  synchronous_commit: 'local', // we write one thing only, and it need not reach a standby (barrier.ts)
} as const;

const settingsQuery = /* sql */ `
  select set_config(s.name, v.value, false)
  from (values ${Object.entries(settings)
    .map(([name, value]) => `('${name}', '${value}')`)
    .join(', ')}) v (name, value)
  join pg_catalog.pg_settings s on lower(s.name) = lower(v.name)`;

const asText = { getTypeParser: () => (value: unknown) => value };

export async function connectErp(connectionString: string, purpose: Purpose): Promise<pg.Client> {
  const config = {
    connectionString,
    application_name: `skiff ${purpose}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: asText,
    // Barriers, watches and measurements all ask on the control connection, when they like.
    ...(purpose === 'control' && { pipeline: true }),
    ...((purpose === 'control' || purpose === 'watch') && { query_timeout: ANSWER_TIMEOUT_MS }),
    ...(purpose === 'replication' && { replication: 'database' }),
  };
  const client = new pg.Client(config);
  client.on('error', () => {
    // Whoever waits for an answer is told; without a listener the process would end here.
  });
  await client.connect();
  await client.query(settingsQuery);
  return client;
}

/** Rejects while the ERP's database does not let us in, or not to replicate. */
export async function reachErp(connectionString: string): Promise<void> {
  for (const purpose of ['control', 'replication'] as const)
    await disconnect(await connectErp(connectionString, purpose));
}

/** Ends a connection, whatever state it is in, and never waits long for it. */
export async function disconnect(client: pg.Client): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([
    client.end().catch(() => {}),
    sleep(GOODBYE_MS, undefined, { signal: waiting.signal }).then(
      () => cut(client),
      () => {},
    ),
  ]);
  waiting.abort();
}

/** Ends a connection at once: what it was doing fails. */
export function cut(client: pg.Client): void {
  client.connection.stream.destroy();
}
