/**
 * Why the ERP's database does not let us in, said to an operator.
 */
import pg from 'pg';
import { FaultCode, OperatorFault } from '../../runtime/errors.ts';

/** The server does not answer, now. It may have been restarted, or the address is wrong. */
export class ErpUnreachable extends OperatorFault {
  constructor(place: string, cause: Error) {
    // A host name with several addresses fails once for each of them.
    const why = cause instanceof AggregateError ? cause.errors.map(String).join('; ') : cause.message;
    const message = `The ERP's database at ${place} does not answer: ${why}.`;
    super(FaultCode.ErpDatabaseUnreachable, message, undefined, { cause });
  }
}

const remedies: Readonly<Record<string, string>> = {
  '28P01': 'Correct user and password in SKIFF_ERP_DATABASE_URL.',
  '28000': "Correct the user in SKIFF_ERP_DATABASE_URL, or let it in by pg_hba.conf of the ERP's server.",
  '3D000': 'Correct the database in SKIFF_ERP_DATABASE_URL.',
  '42501': 'Run what `npm start -- erp-setup` prints as administrator of the ERP database.',
};

/** The server is up and will let us in later. */
const TRANSIENT = new Set(['57P03', '53300']);

/** What a failed connection means. Null for what passes by itself. */
export function connectFault(error: unknown, connectionString: string): OperatorFault | null {
  if (!(error instanceof Error)) return null;
  const place = placeOf(connectionString);
  if (!(error instanceof pg.DatabaseError)) return new ErpUnreachable(place, error);
  const code = error.code ?? '';
  if (TRANSIENT.has(code)) return null;
  return new OperatorFault(
    code === '42501' ? FaultCode.ReplicationRightMissing : FaultCode.ErpDatabaseUnreachable,
    `The ERP's database at ${place} refuses SKIFF_ERP_DATABASE_URL: ${error.message}.`,
    remedies[code],
    { cause: error },
  );
}

export function checkConnectionString(connectionString: string): void {
  const isUrl = /^postgres(ql)?:\/\//.test(connectionString) && URL.canParse(connectionString);
  if (isUrl) return;
  throw new OperatorFault(
    FaultCode.Configuration,
    'SKIFF_ERP_DATABASE_URL is no PostgreSQL URL.',
    'Set it as postgresql://user:password@host:5432/database.',
  );
}

/** Without user and password. */
function placeOf(connectionString: string): string {
  const url = new URL(connectionString);
  return `${url.searchParams.get('host') ?? url.host}${url.pathname}`;
}
