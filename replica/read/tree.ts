/**
 * Reads what a compiled document asks below one root field: one statement for a row, or for a page of
 * rows, with all they refer to and their count.
 *
 * What depends on the document and the tables is written once (`TreeStatement`); what depends on the
 * arguments, the page's rows, is written by the same builder as any other page, and put into it.
 */

import type { RestOn } from '../grounds.ts';
import type { TextRow } from '../queryable.ts';
import type { AskedRow, RowColumns } from './asked.ts';
import { conditions } from './filter.ts';
import type { FlatTable } from './flat-table.ts';
import { addReferences, countGround, type GroundNode, groundNode, keyTag, listGround } from './grounds-of.ts';
import { decodeId } from './ids.ts';
import { all, type Keyset, keyset, type Sorting, sorted } from './keyset.ts';
import { cursorOf, orderOf } from './order.ts';
import { type PageArguments, pageOf, windowOf } from './page.ts';
import { parserOf } from './scalar.ts';
import { isPrinted } from './sql-type.ts';
import { type Reader, StatementWriter, type Viewpoint } from './statement.ts';
import { TreeWriter, type WrittenRow } from './tree-sql.ts';
import { visible } from './visible.ts';

export interface TreeRow {
  readonly columns: RowColumns;
  readonly texts: TextRow | null;
  /** The statement that ran; null when there was nothing to look for. */
  readonly sql: string | null;
}

/** What of a page is asked for beside its rows. */
export interface PageWishes {
  readonly cursors: boolean;
  readonly totalCount: boolean;
}

export interface TreePage {
  readonly columns: RowColumns;
  readonly rows: readonly TextRow[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Only where cursors are wished for. */
  readonly cursor: (row: TextRow) => string;
  /** Null where it was not wished for. */
  readonly totalCount: number | null;
  readonly sql: string | null;
}

/** A tree over the tables it is read from: another table is another statement. */
export class TreeStatement {
  readonly #table: FlatTable;
  readonly #tables: ReadonlyMap<string, FlatTable>;
  readonly #begun: StatementWriter;
  readonly #tree: WrittenRow;
  readonly #outer: string;
  readonly #node: GroundNode;

  /** Throws `CannotCompile`. */
  constructor(asked: AskedRow, tableOf: (type: string) => FlatTable, viewpoint: Viewpoint) {
    const tables = new Map<string, FlatTable>();
    const kept = (type: string): FlatTable => {
      const table = tables.get(type) ?? tableOf(type);
      tables.set(type, table);
      return table;
    };
    const { today, scope } = viewpoint;
    this.#begun = new StatementWriter({ today, scope });
    this.#table = kept(asked.type);
    this.#tables = tables;
    this.#tree = new TreeWriter(kept, this.#begun).write(asked);
    this.#outer = this.#tree.outer.join(', ');
    this.#node = groundNode(asked, kept);
  }

  isOver(tableOf: (type: string) => FlatTable): boolean {
    for (const [type, table] of this.#tables) if (tableOf(type) !== table) return false;
    return true;
  }

  async row(reader: Reader, id: string, viewpoint: Viewpoint): Promise<TreeRow> {
    const table = this.#table;
    const { columns, inner, alias, isAlone } = this.#tree;
    const key = decodeId(id, table.key.length);
    const isPossible = key?.every((part, at) => isPrinted(table.key[at]?.kind ?? 'text', part));
    if (!key || !isPossible) return { columns, texts: null, sql: null };

    const statement = StatementWriter.like(this.#begun, viewpoint);
    const keyed = table.key.map(({ name, parameter }, at) => `${name} = ${parameter(statement.bind(key[at]))}`);
    const row = /* sql */ `select ${inner} from ${table.from}${all([...keyed, ...visible(table, statement)])}`;
    const sql = isAlone ? row : /* sql */ `select ${this.#outer} from (${row}) ${alias} ${this.#tree.joins.join(' ')}`;
    const restOn: RestOn = ([found], grounds) => {
      grounds.tag(keyTag(table, id), this.#node.uses);
      if (found) addReferences(this.#node, columns, found, grounds);
    };
    const [texts = null] = await reader.rows(table.type.model, sql, statement, restOn);
    return { columns, texts, sql };
  }

  async page(reader: Reader, args: PageArguments, wishes: PageWishes, viewpoint: Viewpoint): Promise<TreePage> {
    const table = this.#table;
    const { columns, outer } = this.#tree;
    const order = orderOf(table, args.orderBy);
    const window = windowOf(table, order, args, viewpoint.today);
    // Read also where no cursor is asked for: it says where the page ends.
    const sortField = table.type.fields.find(({ name }) => name === order.by?.field);
    const parse = sortField && parserOf(sortField.type);
    const cursor = (row: TextRow): string => {
      const text = parse ? row[outer.length] : undefined;
      const value = parse && typeof text === 'string' ? parse(text) : null;
      return cursorOf(
        table,
        order,
        { id: columns.id(row) ?? '', ...(order.by ? { [order.by.field]: value } : {}) },
        viewpoint.today,
      );
    };

    const statement = StatementWriter.like(this.#begun, viewpoint);
    const filter = args.filter ?? {};
    const filtered = conditions(table, filter, statement);
    if (filtered === null) {
      const nothing = pageOf<TextRow>([], window);
      return { ...nothing, columns, cursor, totalCount: wishes.totalCount ? 0 : null, sql: null };
    }
    const asked = { order, window, filter, where: filtered };
    const sql = this.#pageSql(asked, sortField?.name, wishes.totalCount, statement);
    const restOn: RestOn = (rows, grounds) => {
      const beyond = rows[window.rows];
      const isPlaced = beyond && columns.id(beyond) !== null && Boolean(parse) === Boolean(order.by);
      const last = isPlaced
        ? [...(parse ? [beyond[outer.length] ?? null] : []), ...columns.key.map((at) => beyond[at] ?? null)]
        : null;
      grounds.list(listGround(table, { filter, order, window, uses: this.#node.uses }, last, viewpoint));
      if (wishes.totalCount) grounds.list(countGround(table, filter, viewpoint));
      for (const row of rows) if (columns.id(row) !== null) addReferences(this.#node, columns, row, grounds);
    };
    const found = await reader.rows(table.type.model, sql, statement, restOn);
    const total = found[0]?.[outer.length + (parse ? 1 : 0)];
    return {
      ...pageOf(
        found.filter((row) => columns.id(row) !== null),
        window,
      ),
      columns,
      cursor,
      totalCount: wishes.totalCount ? Number(total) : null,
      sql,
    };
  }

  /** Behind the tree's texts stand the value the page is sorted by, where there is a field of it, and the count. */
  #pageSql(
    asked: Omit<Keyset, 'select'>,
    sortField: string | undefined,
    counted: boolean,
    statement: StatementWriter,
  ): string {
    const table = this.#table;
    const { alias, inner, joins, isAlone } = this.#tree;
    const value = sortField && table.printed.get(sortField);
    const own = value ? `${inner}, ${value} as v` : inner;
    if (isAlone && !counted) return keyset(table, { ...asked, select: () => own }, statement);

    let outside: readonly Sorting[] = [];
    const select = (sorting: readonly Sorting[]) => {
      outside = sorting.map(({ descending }, at) => ({ sql: `${alias}.o${at}`, descending }));
      return [own, ...sorting.map(({ sql }, at) => `${sql} as o${at}`)].join(', ');
    };
    const page = `(${keyset(table, { ...asked, select }, statement)}) ${alias}`;
    const texts = [this.#outer, ...(value ? [`${alias}.v`] : []), ...(counted ? ['counted.total'] : [])].join(', ');
    const from = counted
      ? /* sql */ `(select count(*)::text as total from ${table.from}${all([...visible(table, statement), ...asked.where])}) counted left join lateral ${page} on true`
      : page;
    return /* sql */ `select ${texts} from ${from} ${joins.join(' ')} order by ${sorted(outside)}`;
  }
}
