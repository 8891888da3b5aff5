/**
 * Exports: all rows of a list, from one snapshot, under the caller's access scope, no faster than they are taken.
 *
 *     begin ─► data versions ─► role, plants, parameters ─► place of the limit's last row ─► COPY ─► commit
 *
 * All of it is one transaction, so that the versions, the place and the rows are of one moment. A COPY takes no
 * parameters: they are settings of the transaction, which its text reads. Whoever leaves early, or takes longer than an
 * export may, has the connection cut: neither it nor the snapshot outlives the reader.
 */
import type pg from 'pg';
import { CopyOut, type Framing } from './copy-out.ts';
import { dataVersionsIn } from './data-version.ts';
import type { FlatSchema } from './flat-type.ts';
import { cutOff } from './pg-connection.ts';
import type { AskedRow } from './read/asked.ts';
import { BadArgument, ExportTooLong, readError } from './read/errors.ts';
import { countSql, type ExportColumn, type ExportQuestion, exportSql, lastPlaceSql } from './read/export.ts';
import type { ExportForm } from './read/export-value.ts';
import type { Filter } from './read/filter.ts';
import type { FlatTable } from './read/flat-table.ts';
import { encodeId } from './read/ids.ts';
import { type OrderBy, orderOf, placeCursor, placeOf } from './read/order.ts';
import type { Refinement } from './read/refined.ts';
import { StatementWriter, type Viewpoint } from './read/statement.ts';
import { type CurrentTable, currentTables, tablesOfRequest } from './read/tables.ts';
import { settingsOf } from './scoped-rows.ts';
import type { ServedModels } from './served.ts';

export type { Framing } from './copy-out.ts';
export type { ExportColumn } from './read/export.ts';
export type { ExportForm } from './read/export-value.ts';
export type { RefinedOrder, RefinedWhere, Refinement } from './read/refined.ts';
export type { Viewpoint } from './read/statement.ts';

export interface ExportRequest {
  readonly asked: AskedRow;
  /** The types of all rows it is made of. */
  readonly types: readonly string[];
  readonly columns: readonly ExportColumn[];
  readonly filter: Filter | null | undefined;
  readonly orderBy: OrderBy | null | undefined;
  readonly limit: number | null;
  /** A cursor of the list, as `next` gave it. */
  readonly after: string | null;
  readonly refined?: Refinement | undefined;
}

export interface Export {
  /** Of each type's read model, as the snapshot has it. */
  readonly versions: ReadonlyMap<string, string>;
  /** A cursor where there are rows behind the limit. */
  readonly next: string | null;
  /** Of the refined rows, where it was asked for. */
  readonly count: number | null;
  /**
   * Begins the rows, in blocks of whole ones, each good until the next one is asked for. To be called once, and to be
   * read to the end or returned from.
   */
  rows(form: ExportForm, framing: Framing): AsyncGenerator<Buffer, void>;
  /** Aborts when the rows cannot go on, whether they are taken or not. */
  readonly signal: AbortSignal;
  /** To be called where the rows are not wanted. */
  close(): void;
}

/** Aborting the signal ends the export, and its rows with an error. */
export type OpenExport = (request: ExportRequest, viewpoint: Viewpoint, signal: AbortSignal) => Promise<Export>;

export function flatExports(schema: FlatSchema, served: ServedModels, pool: pg.Pool, mostMs: number): OpenExport {
  const current = currentTables(schema, served);
  return async (request, viewpoint, signal) => {
    const tableOf = tablesOfRequest(current);
    const question = questionOf(request, tableOf, viewpoint);
    const client = await pool.connect().catch((error: unknown) => Promise.reject(readError(error)));
    const transaction = new Transaction(client, AbortSignal.any([signal, AbortSignal.timeout(mostMs)]));
    try {
      return await begun(transaction, request, question, tableOf, viewpoint);
    } catch (error) {
      transaction.end(false);
      throw readError(error);
    }
  };
}

function questionOf(request: ExportRequest, tableOf: CurrentTable, { today }: Viewpoint): ExportQuestion {
  const table = tableOf(request.asked.type);
  const order = orderOf(table, request.orderBy);
  const { limit, after } = request;
  if (limit !== null && limit < 1) throw new BadArgument('limit: at least 1.');
  return {
    ...request,
    filter: request.filter ?? {},
    order,
    after: after === null ? null : placeOf(table, order, after, 'cursor', today),
  };
}

async function begun(
  transaction: Transaction,
  request: ExportRequest,
  question: ExportQuestion,
  tableOf: CurrentTable,
  viewpoint: Viewpoint,
): Promise<Export> {
  const { client } = transaction;
  // A connection begins as one who sees the rows of no plant, and nothing else.
  await client.query('begin isolation level repeatable read read only; set local role none');
  const tables = request.types.map(tableOf);
  const found = await dataVersionsIn(
    client,
    tables.map(({ hash }) => hash),
  );
  await client.query({
    name: 'access_scope',
    text: `select set_config('role', $1, true), set_config('skiff.plants', $2, true)`,
    values: settingsOf(viewpoint.scope),
  });
  return {
    versions: new Map(request.types.map((type, at) => [type, found.get(tables[at]?.hash ?? '') ?? ''])),
    next: await nextCursor(client, question, tableOf, viewpoint),
    count: await countOf(client, question, tableOf, viewpoint),
    async *rows(form, framing) {
      let isWhole = false;
      try {
        const statement = new StatementWriter(viewpoint, setting);
        const sql = exportSql(tableOf, question, form, statement);
        if (sql !== null) {
          await setValues(client, statement);
          const copy = client.query(new CopyOut(sql, framing));
          for (let block = await copy.take(); block; block = await copy.take()) yield block;
        }
        await client.query('commit');
        isWhole = true;
      } catch (error) {
        throw transaction.signal.aborted ? new ExportTooLong() : readError(error);
      } finally {
        transaction.end(isWhole);
      }
    },
    signal: transaction.signal,
    close: () => transaction.end(false),
  };
}

async function nextCursor(
  client: pg.ClientBase,
  question: ExportQuestion,
  tableOf: CurrentTable,
  viewpoint: Viewpoint,
): Promise<string | null> {
  const { limit, asked, order } = question;
  if (limit === null) return null;
  const table: FlatTable = tableOf(asked.type);
  const statement = new StatementWriter(viewpoint, setting);
  const sql = lastPlaceSql(table, question, limit, statement);
  if (sql === null) return null;
  await setValues(client, statement);
  const { rows } = await client.query<(string | null)[]>({ text: sql, rowMode: 'array' });
  const [last, further] = rows;
  if (!last || !further) return null;
  const [value = null, ...key] = last;
  return placeCursor(table, order, { value, id: encodeId(key.map(String)) }, viewpoint.today);
}

async function countOf(
  client: pg.ClientBase,
  question: ExportQuestion,
  tableOf: CurrentTable,
  viewpoint: Viewpoint,
): Promise<number | null> {
  if (!question.refined?.counted) return null;
  const statement = new StatementWriter(viewpoint, setting);
  const sql = countSql(tableOf, question, question.refined, statement);
  if (sql === null) return 0;
  await setValues(client, statement);
  const { rows } = await client.query<[string]>({ text: sql, rowMode: 'array' });
  return Number(rows[0]?.[0]);
}

/** Where a COPY finds what was bound. */
const setting = (number: number): string => `current_setting('skiff.p${number}')`;

async function setValues(client: pg.ClientBase, { values }: StatementWriter): Promise<void> {
  if (values.length === 0) return;
  const calls = values.map((_, at) => `set_config('skiff.p${at + 1}', $${at + 1}, true)`);
  await client.query({ text: `select ${calls.join(', ')}`, values });
}

/** A connection out of the pool until its transaction has ended. */
class Transaction {
  readonly client: pg.PoolClient;
  readonly signal: AbortSignal;
  /** At once, also while nobody takes its rows. */
  readonly #abort = () => this.end(false);
  #hasEnded = false;

  constructor(client: pg.PoolClient, signal: AbortSignal) {
    this.client = client;
    this.signal = signal;
    client.on('error', ignored);
    signal.addEventListener('abort', this.#abort);
    if (signal.aborted) this.end(false);
  }

  /** Gives the connection back, or cuts it where something is still under way on it. */
  end(isWhole: boolean): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.signal.removeEventListener('abort', this.#abort);
    if (isWhole) this.client.off('error', ignored);
    else cutOff(this.client);
    this.client.release(!isWhole);
  }
}

/** Whoever reads from a connection that is lost hears it where they read. */
const ignored = () => undefined;
