/**
 * Writes a row and all it refers to as one SELECT over one row source:
 *
 *     select r0.c0, r0.c1, r1.c0, (select json_agg(array[r2.c0, …]) from (… limit 201) r2)
 *     from (select t."id"::text as c0, …, t."product_id" as j0 from read."…" t where … limit 51) r0
 *     left join lateral (select … from read."…" t where t."id" = r0.j0 and …) r1 on true
 *
 * Each row stands in a subselect of its own, alone in its FROM under the alias `t`, as the declared
 * conditions and expressions ask (see `flat-table.ts`). All values leave as the text they are printed as,
 * children as a JSON array of arrays of such texts: there is one form of every scalar.
 */
import type { TextRow } from '../queryable.ts';
import type { AskedReference, AskedRow, ReferenceColumns, RowColumns } from './asked.ts';
import { MOST_CHILDREN } from './children.ts';
import { TooManyChildren } from './errors.ts';
import type { FlatTable, TableColumn } from './flat-table.ts';
import { encodeId } from './ids.ts';
import { holds, idOf, keyedBy, type OuterValue } from './joined.ts';
import type { StatementWriter } from './statement.ts';
import { visible } from './visible.ts';

/** A row with what hangs on it. */
export interface WrittenRow {
  readonly alias: string;
  /** What its own subselect selects of its table. */
  readonly inner: string;
  /** What follows its subselect in FROM. */
  readonly joins: readonly string[];
  /** The texts it leaves as. */
  readonly outer: readonly string[];
  /** It refers to nothing: its own subselect is all there is to it. */
  readonly isAlone: boolean;
  readonly columns: RowColumns;
}

export class TreeWriter {
  readonly #tableOf: (type: string) => FlatTable;
  readonly #statement: StatementWriter;
  #aliases = 0;

  constructor(tableOf: (type: string) => FlatTable, statement: StatementWriter) {
    this.#tableOf = tableOf;
    this.#statement = statement;
  }

  /** Its first text stands at `from` in the row it is part of. */
  write(asked: AskedRow, from = 0): WrittenRow {
    const table = this.#tableOf(asked.type);
    const alias = `r${this.#aliases++}`;
    const own = [
      ...table.key.map(({ name }) => `${name}::text`),
      ...asked.fields.map((name) => this.#printed(table, name)),
    ];
    const inner = own.map((sql, at) => `${sql} as c${at}`);
    const outer = own.map((_, at) => `${alias}.c${at}`);
    const joins: string[] = [];
    const references: ReferenceColumns[] = [];

    for (const reference of asked.references) {
      const value = reference.cardinality === 'one' ? columnOf(table, reference.by) : idOf(table.key);
      const name = `j${inner.length}`;
      inner.push(`${value.sql} as ${name}`);
      const handed = { sql: `${alias}.${name}`, kind: value.kind };
      const position = from + outer.length;
      if (reference.cardinality === 'one') {
        const { join, row } = this.#one(reference, handed, position + 1);
        joins.push(join, ...row.joins);
        outer.push(`${handed.sql}::text`, ...row.outer);
        references.push({ cardinality: 'one', value: position, row: row.columns });
      } else {
        const { sql, row } = this.#many(reference, handed);
        outer.push(sql);
        references.push({ cardinality: 'many', rows: rowsReader(position), row: row.columns });
      }
    }
    const fields = asked.fields.map((_, at) => from + table.key.length + at);
    return {
      alias,
      inner: inner.join(', '),
      joins,
      outer,
      isAlone: references.length === 0,
      columns: { id: idReader(from, table.key.length), key: table.key.map((_, at) => from + at), fields, references },
    };
  }

  #one({ row: asked }: AskedReference, value: OuterValue, from: number): { join: string; row: WrittenRow } {
    const row = this.write(asked, from);
    const table = this.#tableOf(asked.type);
    const where = [...keyedBy(table.key, value), ...visible(table, this.#statement)];
    return {
      join: `left join lateral (select ${row.inner} from ${table.from} where ${where.join(' and ')}) ${row.alias} on true`,
      row,
    };
  }

  #many({ by, row: asked }: AskedReference, parent: OuterValue): { sql: string; row: WrittenRow } {
    const row = this.write(asked);
    const table = this.#tableOf(asked.type);
    const where = [holds(columnOf(table, by), parent), ...visible(table, this.#statement)];
    const sorting = table.key.map(({ sortable }) => sortable);
    const { alias } = row;
    const sql = /* sql */ `(
      select json_agg(array[${row.outer.join(', ')}] order by ${sorting.map((_, at) => `${alias}.o${at}`).join(', ')})::text
      from (
        select ${row.inner}, ${sorting.map((key, at) => `${key} as o${at}`).join(', ')} from ${table.from}
        where ${where.join(' and ')} order by ${sorting.join(', ')} limit ${MOST_CHILDREN + 1}
      ) ${alias} ${row.joins.join(' ')})`;
    return { sql, row };
  }

  #printed(table: FlatTable, field: string): string {
    const sql = table.printed.get(field);
    if (sql === undefined) throw new TypeError(`${table.type.name} has no field "${field}"`);
    return this.#statement.declared(sql);
  }
}

function columnOf(table: FlatTable, field: string): OuterValue & TableColumn {
  const column = table.stored.get(field);
  if (!column) throw new TypeError(`${table.type.name} has no stored field "${field}"`);
  return { ...column, sql: column.name };
}

const rowsReader =
  (at: number) =>
  (texts: TextRow): readonly TextRow[] => {
    const rows: readonly TextRow[] = JSON.parse(texts[at] ?? '[]');
    if (rows.length > MOST_CHILDREN) throw new TooManyChildren(MOST_CHILDREN);
    return rows;
  };

function idReader(from: number, length: number): RowColumns['id'] {
  if (length === 1) return (texts) => texts[from] ?? null;
  return (texts) => {
    const key = texts.slice(from, from + length).filter((text) => text !== null);
    return key.length === length ? encodeId(key) : null;
  };
}
