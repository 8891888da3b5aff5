/**
 * Roles that need nothing but the ERP's database: `erp-setup` prints the SQL for its administrator and says what of
 * it is still missing; `watchdog` keeps our slot from filling its disk.
 */
import { z } from 'zod';
import { keepSlotWatchPublished, type SlotWatch } from '../replica/slot-watch.ts';
import { positiveInteger, postgresUrl } from '../runtime/env.ts';
import type { Log } from '../runtime/log.ts';
import type { Shutdown } from '../runtime/shutdown.ts';
import type { Connector } from './connector.ts';
import { connectErp, disconnect } from './postgres/connect.ts';
import { connectFault } from './postgres/connect-fault.ts';
import { checkErpSetup, missingIndexes, setupFault } from './postgres/setup-check.ts';
import { erpSetupSql } from './postgres/setup-sql.ts';
import { watchSlot } from './postgres/watchdog.ts';

export const ErpSetupEnv = z
  .object({ SKIFF_ERP_DATABASE_URL: postgresUrl.optional() })
  .transform((env) => ({ databaseUrl: env.SKIFF_ERP_DATABASE_URL }));

const GIBIBYTE = 2 ** 30;

export const WatchdogEnv = z
  .object({
    SKIFF_ERP_DATABASE_URL: postgresUrl,
    SKIFF_SLOT_LIMIT_BYTES: positiveInteger.default(4 * GIBIBYTE),
    SKIFF_SLOT_HARD_LIMIT_BYTES: positiveInteger.default(16 * GIBIBYTE),
  })
  .refine((env) => env.SKIFF_SLOT_LIMIT_BYTES <= env.SKIFF_SLOT_HARD_LIMIT_BYTES, {
    error: 'SKIFF_SLOT_HARD_LIMIT_BYTES must be at least SKIFF_SLOT_LIMIT_BYTES.',
  })
  .transform((env) => ({
    erpDatabaseUrl: env.SKIFF_ERP_DATABASE_URL,
    limits: { limitBytes: env.SKIFF_SLOT_LIMIT_BYTES, hardLimitBytes: env.SKIFF_SLOT_HARD_LIMIT_BYTES },
  }));

/** Of the server, if it can be asked. */
const assumedVersion = 15;

/** Resolves with whether nothing is missing. Without a database it prints the SQL alone. */
export async function runErpSetup(databaseUrl: string | undefined, connector: Connector): Promise<boolean> {
  const { publication, tables, onceSql } = connector;
  const settings = { schema: 'public', tables, publication, onceSql };
  if (databaseUrl === undefined) {
    process.stdout.write(erpSetupSql({ ...settings, role: 'skiff' }, assumedVersion));
    return true;
  }
  const role = decodeURIComponent(new URL(databaseUrl).username) || 'skiff';
  const control = await connectErp(databaseUrl, 'control').catch((error: unknown) => {
    process.stdout.write(erpSetupSql({ ...settings, role }, assumedVersion));
    throw connectFault(error, databaseUrl) ?? error;
  });
  try {
    const { rows } = await control.query<{ version: string }>(
      `select (current_setting('server_version_num')::int / 10000)::text as version`,
    );
    process.stdout.write(erpSetupSql({ ...settings, role }, Number(rows[0]?.version)));
    const faults = await checkErpSetup(control, { ...settings, slot: slotOf(connector) });
    const fault = setupFault([...faults, ...(await missingIndexes(control, connector.onceIndexes ?? []))]);
    process.stderr.write(fault ? `\nStill missing: ${fault.message}\n` : '\nAll of it is in place.\n');
    return fault === null;
  } finally {
    await disconnect(control);
  }
}

export const slotOf = ({ name }: Connector): string => `skiff_${name}`;

export interface WatchdogRole {
  readonly config: z.output<typeof WatchdogEnv>;
  /** Where what it sees is published. */
  readonly databaseUrl: string;
  readonly connector: Connector;
  readonly log: Log;
  readonly shutdown: Shutdown;
}

export async function runWatchdog({ config, databaseUrl, connector, log, shutdown }: WatchdogRole): Promise<void> {
  const slot = slotOf(connector);
  const stopping = new AbortController();
  const { signal } = stopping;
  let last: SlotWatch | null = null;
  const watching = Promise.all([
    watchSlot(
      {
        connectionString: config.erpDatabaseUrl,
        slot,
        limits: config.limits,
        log,
        onLook: (watch) => {
          last = watch;
        },
      },
      signal,
    ),
    keepSlotWatchPublished(databaseUrl, slot, () => last, { log, signal }),
  ]);
  shutdown.add({
    name: 'watchdog',
    stop: async () => {
      stopping.abort();
      await watching;
    },
  });
  await watching;
}
