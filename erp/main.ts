/** The role `erp-setup`: prints the SQL for the ERP's database administrator, and says what of it is still missing. */
import { z } from 'zod';
import { postgresUrl } from '../runtime/env.ts';
import type { Connector } from './connector.ts';
import { connectErp, disconnect } from './postgres/connect.ts';
import { connectFault } from './postgres/connect-fault.ts';
import { checkErpSetup, setupFault } from './postgres/setup-check.ts';
import { erpSetupSql } from './postgres/setup-sql.ts';

export const ErpEnv = z
  .object({ SKIFF_ERP_DATABASE_URL: postgresUrl })
  .transform((env) => ({ databaseUrl: env.SKIFF_ERP_DATABASE_URL }));

export const ErpSetupEnv = z
  .object({ SKIFF_ERP_DATABASE_URL: postgresUrl.optional() })
  .transform((env) => ({ databaseUrl: env.SKIFF_ERP_DATABASE_URL }));

/** Of the server, if it can be asked. */
const assumedVersion = 15;

/** Resolves with whether nothing is missing. Without a database it prints the SQL alone. */
export async function runErpSetup(databaseUrl: string | undefined, connector: Connector): Promise<boolean> {
  const { publication, tables } = connector;
  const settings = { schema: 'public', tables, publication };
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
    const fault = setupFault(await checkErpSetup(control, { ...settings, slot: slotOf(connector) }));
    process.stderr.write(fault ? `\nStill missing: ${fault.message}\n` : '\nAll of it is in place.\n');
    return fault === null;
  } finally {
    await disconnect(control);
  }
}

export const slotOf = ({ name }: Connector): string => `skiff_${name}`;
