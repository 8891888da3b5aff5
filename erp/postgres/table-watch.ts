/**
 * Compares the ERP's tables with their declarations while the stream runs, and tells the replica.
 *
 * The stream describes a table before its first change and after its DDL; the catalog is looked at now and
 * then for what the stream is silent about: a table dropped, taken out of the publication, or mended without a
 * change of a row since.
 *
 * A table may come back as another one (dropped and made anew, renamed into its place, published again): its rows
 * are then not those we hold, though it fits. It is reported as faulty and as fitting, which has it copied again.
 */
import { EventEmitter } from 'node:events';
import type { Log } from '../../runtime/log.ts';
import type { Change, RowText } from '../change.ts';
import type { CaptureSink, MirrorTable, TableFault } from '../connector.ts';
import type { FoundTable } from './catalog.ts';
import type { TypeNames } from './column-type.ts';
import type { Relation } from './pgoutput.ts';
import { faultsOf, shapeOfFound, shapeOfRelation, type TableShape } from './table-fit.ts';

/** What is known of a table. */
interface Watched {
  readonly table: MirrorTable;
  oid: number | null;
  /** Its entry in the publication, if it is named there. */
  publishedAs: number | null;
  /** As last told to the replica; null before that. */
  reported: readonly TableFault[] | null;
  /** Columns whose values must not be handed on. */
  withheld: ReadonlySet<string>;
}

export class TableWatch extends EventEmitter<{
  /** A table was reported: others may have to be copied now. */ reported: [];
}> {
  readonly #tables: ReadonlyMap<string, Watched>;
  readonly #sink: CaptureSink;
  readonly #log: Log;

  constructor(tables: readonly MirrorTable[], sink: CaptureSink, log: Log) {
    super();
    this.#tables = new Map(
      tables.map((table) => [
        table.name,
        { table, oid: null, publishedAs: null, reported: null, withheld: new Set<string>() },
      ]),
    );
    this.#sink = sink;
    this.#log = log;
  }

  /** To be done before the first change that comes after the description. */
  async compareRelation(relation: Relation, types: TypeNames): Promise<void> {
    const watched = relation.table && this.#tables.get(relation.table.name);
    if (!watched) return;
    const isAnother = isOther(watched.oid, relation.oid);
    watched.oid = relation.oid;
    await this.#compare(watched, shapeOfRelation(watched.table, relation), types, isAnother);
  }

  async compareFound(table: string, found: FoundTable | undefined, types: TypeNames): Promise<void> {
    const watched = this.#tables.get(table);
    if (!watched) return;
    const isAnother =
      found !== undefined && (isOther(watched.oid, found.oid) || isOther(watched.publishedAs, found.publishedAs));
    watched.oid = found?.oid ?? watched.oid;
    watched.publishedAs = found?.publishedAs ?? watched.publishedAs;
    await this.#compare(watched, shapeOfFound(watched.table, found), types, isAnother);
  }

  /** What of a table is to be copied: the declared columns that it has. None if it cannot be captured now. */
  columnsToCopy({ name, key, columns }: MirrorTable): string[] {
    const withheld = this.#tables.get(name)?.withheld ?? new Set();
    if (key.some((column) => withheld.has(column))) return [];
    return Object.keys(columns).filter((column) => !withheld.has(column));
  }

  /** Takes out what must not reach the replica: columns that do not fit, and all of a table without its key. */
  withoutFaulty(changes: readonly Change[]): readonly Change[] {
    if (!this.#tables.values().some(({ withheld }) => withheld.size > 0)) return changes;
    return changes.flatMap((change) => {
      const watched = this.#tables.get(change.table);
      if (!watched || watched.withheld.size === 0) return [change];
      if (watched.table.key.some((column) => watched.withheld.has(column))) return [];
      return change.op === 'upsert' ? [{ ...change, row: without(change.row, watched.withheld) }] : [change];
    });
  }

  async #compare(watched: Watched, shape: TableShape, types: TypeNames, isAnother: boolean): Promise<void> {
    const faults = await faultsOf(watched.table, shape, types);
    if (isAnother) await this.#report(watched, allMissing(watched.table, 'another table of this name'));
    await this.#report(watched, faults);
  }

  async #report(watched: Watched, faults: readonly TableFault[]): Promise<void> {
    const isSame = JSON.stringify(faults) === JSON.stringify(watched.reported);
    if (isSame) return;
    const { table } = watched;
    if (faults.length > 0)
      this.#log.error({ table: table.name, faults }, 'A table of the ERP is not as the connector declares it');
    else if (watched.reported && watched.reported.length > 0)
      this.#log.info({ table: table.name }, 'A table of the ERP is as declared again');
    watched.withheld = new Set(faults.map(({ column }) => column));
    await this.#sink.reportTable(table.name, faults);
    watched.reported = faults;
    this.emit('reported');
  }
}

const isOther = (known: number | null, found: number | null): boolean =>
  known !== null && found !== null && known !== found;

const allMissing = ({ columns }: MirrorTable, found: string): TableFault[] =>
  Object.entries(columns).map(([column, expected]) => ({ column, problem: 'missing', expected, found }));

const without = (row: RowText, columns: ReadonlySet<string>): RowText =>
  Object.fromEntries(Object.entries(row).filter(([column]) => !columns.has(column)));
