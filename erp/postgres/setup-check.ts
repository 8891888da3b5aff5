/**
 * Checks, by name, every line of what `npm start -- erp-setup` prints, and finds all that is missing at once.
 *
 * What concerns one table alone names it: a running replica that already holds the table goes on without it.
 */
import type pg from 'pg';
import { FaultCode, OperatorFault } from '../../runtime/errors.ts';
import type { MirrorTable } from '../connector.ts';
import { type FoundServer, type FoundTable, readCatalog, readServer } from './catalog.ts';
import { TypeNames } from './column-type.ts';
import { readSlot, type Slot } from './slot.ts';
import { faultsOf, shapeOfFound } from './table-fit.ts';

export interface SetupFault {
  readonly code: FaultCode;
  readonly message: string;
  /** The only table concerned. */
  readonly table?: string;
  /** Capture can do without: the rest goes on. */
  readonly isMinor?: true;
}

export interface SetupQuestion {
  readonly schema: string;
  readonly tables: readonly MirrorTable[];
  readonly publication: string;
  readonly slot: string;
}

export async function checkErpSetup(control: pg.Client, question: SetupQuestion): Promise<SetupFault[]> {
  const server = await readServer(control, question);
  const serverFaults = faultsOfServer(server, question, await readSlot(control, question.slot));
  const tables = question.tables.map(({ name }) => name);
  const catalog = await readCatalog(control, { ...question, tables });
  const types = new TypeNames(control);
  const tableFaults = await Promise.all(
    question.tables.map(async (table) => {
      const found = catalog.get(table.name);
      const faults = faultsOfTable(table, found, server, question);
      return faults.length > 0 || !found ? faults : columnFaults(table, found, types, question);
    }),
  );
  return [...serverFaults, ...tableFaults.flat()];
}

/** Of those by which the ERP is said to refuse a second document of one command: capture does without them. */
export async function missingIndexes(control: pg.Client, names: readonly string[]): Promise<SetupFault[]> {
  const { rows } = await control.query<{ name: string }>(
    `select name from unnest($1::text[]) as name where not exists (
      select from pg_class c join pg_index i on i.indexrelid = c.oid
      where c.relname = name and i.indisunique and i.indisvalid)`,
    [names],
  );
  return rows.map(({ name }) => ({
    code: FaultCode.Configuration,
    message: `The ERP's database has no valid unique index "${name}", on which SKIFF_ERP_WRITES=key relies.`,
  }));
}

/** All faults as the one error that is shown. */
export function setupFault(faults: readonly SetupFault[]): OperatorFault | null {
  const [first, ...others] = faults;
  if (!first) return null;
  if (others.length === 0) return new OperatorFault(first.code, first.message);
  return new OperatorFault(
    first.code,
    `The ERP's database is not ready to be captured from:\n${faults.map(({ message }) => `- ${message}`).join('\n')}`,
    'Run what `npm start -- erp-setup` prints as administrator of the ERP database; a table or column that the ERP does not have is to be corrected in the connector.',
  );
}

const OLDEST_VERSION = 110_000;
const PARTITION_ROOTS_VERSION = 130_000;

function faultsOfServer(server: FoundServer, question: SetupQuestion, slot: Slot | null): SetupFault[] {
  const { role, database } = server;
  const faults: SetupFault[] = [];
  const check = (isFine: boolean, code: FaultCode, message: string) => {
    if (!isFine) faults.push({ code, message });
  };
  check(
    server.version >= OLDEST_VERSION,
    FaultCode.ErpDatabaseUnfit,
    `The ERP's server is PostgreSQL ${Math.floor(server.version / 10_000)}, which is older than 11.`,
  );
  check(!server.isStandby, FaultCode.ErpDatabaseUnfit, `SKIFF_ERP_DATABASE_URL leads to a standby server.`);
  check(
    server.walLevel === 'logical',
    FaultCode.LogicalReplicationOff,
    `The ERP's server has wal_level = ${server.walLevel}; it has to be logical.`,
  );
  check(server.mayReplicate, FaultCode.ReplicationRightMissing, `The role "${role}" has no REPLICATION right.`);
  check(
    server.mayUseSchema,
    FaultCode.SelectRightMissing,
    `The role "${role}" may not use the schema "${question.schema}" of the database "${database}", or it does not exist.`,
  );
  check(
    slot !== null || server.usedSlots < server.maxSlots,
    FaultCode.SlotsExhausted,
    `All ${server.maxSlots} replication slots of the ERP's server (max_replication_slots) are taken.`,
  );
  check(
    slot === null || (slot.plugin === 'pgoutput' && slot.database === database),
    FaultCode.SlotInUse,
    `The replication slot "${question.slot}" belongs to somebody else: database "${slot?.database}", plugin "${slot?.plugin}".`,
  );
  if (!server.mayReadStatistics) {
    faults.push({
      code: FaultCode.SelectRightMissing,
      message: `The role "${role}" is no member of pg_read_all_stats: since when a transaction in the way is open cannot be told.`,
      isMinor: true,
    });
  }
  return [...faults, ...faultsOfPublication(server, question)];
}

function faultsOfPublication({ publication, database }: FoundServer, question: SetupQuestion): SetupFault[] {
  const code = FaultCode.PublicationMissing;
  const name = question.publication;
  if (!publication) return [{ code, message: `The database "${database}" has no publication "${name}".` }];
  const left = (['insert', 'update', 'delete', 'truncate'] as const).filter((operation) => !publication[operation]);
  if (left.length === 0) return [];
  return [
    {
      code,
      message: `The publication "${name}" does not send every kind of change; it leaves out ${left.join(', ')}.`,
    },
  ];
}

function faultsOfTable(
  table: MirrorTable,
  found: FoundTable | undefined,
  server: FoundServer,
  { schema, publication }: SetupQuestion,
): SetupFault[] {
  const name = `"${schema}.${table.name}"`;
  const fault = (code: FaultCode, message: string): SetupFault => ({ code, message, table: table.name });
  if (!found) return [fault(FaultCode.TableMissing, `The ERP's database has no table ${name}.`)];
  if (found.kind === 'other')
    return [fault(FaultCode.TableUnfit, `${name} is no table; its changes are not streamed.`)];
  if (found.kind === 'partitioned' && server.version < PARTITION_ROOTS_VERSION) {
    return [fault(FaultCode.TableUnfit, `The table ${name} is partitioned, which takes PostgreSQL 13 or later.`)];
  }

  const faults: SetupFault[] = [];
  if (!found.maySelect) {
    faults.push(fault(FaultCode.SelectRightMissing, `The role "${server.role}" may not select from ${name}.`));
  }
  if (found.hidesRows) {
    const role = server.role;
    const message = `Row-level security hides rows of ${name} from the role "${role}": alter role "${role}" bypassrls.`;
    faults.push(fault(FaultCode.SelectRightMissing, message));
  }
  const { keyFault } = shapeOfFound(table, found);
  if (keyFault !== null) {
    const declared = `(${table.key.join(', ')})`;
    faults.push(fault(FaultCode.TableUnfit, `The table ${name} has ${keyFault}; its key is declared as ${declared}.`));
  }
  if (server.publication && !found.isPublished) {
    const hint =
      found.kind === 'partitioned' && !server.publication.viaRoot ? ', or it does not publish via partition root' : '';
    faults.push(
      fault(FaultCode.PublicationMissing, `The publication "${publication}" lacks the table ${name}${hint}.`),
    );
  }
  if (found.isFiltered) {
    faults.push(fault(FaultCode.PublicationMissing, `The publication "${publication}" filters rows of ${name}.`));
  }
  return faults;
}

async function columnFaults(
  table: MirrorTable,
  found: FoundTable,
  types: TypeNames,
  { schema }: SetupQuestion,
): Promise<SetupFault[]> {
  const faults = await faultsOf(table, shapeOfFound(table, found), types);
  return faults.map(({ column, problem, expected, found: type }) => ({
    code: FaultCode.TableMissing,
    message:
      problem === 'missing'
        ? `The table "${schema}.${table.name}" has no column "${column}", declared as ${expected}.`
        : `The column "${column}" of "${schema}.${table.name}" is ${type}, declared as ${expected}.`,
    table: table.name,
    isMinor: true,
  }));
}
