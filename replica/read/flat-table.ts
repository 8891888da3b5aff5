/**
 * A flat type over the table it is served from: what every statement about it is made of.
 *
 * Made once per definition. The conditions and expressions that SDL brings (`@flat(where:)`,
 * `@computed(sql:)`) name columns bare and may hold `$today`, so a statement keeps the table alone in
 * the FROM of the SELECT they stand in, and binds the day when it is written.
 */
import { dependsOnDay, type FlatField, type FlatType } from '../flat-type.ts';
import type { TextRow } from '../queryable.ts';
import type { ServedModel } from '../served.ts';
import { ident } from '../sql.ts';
import { encodeId } from './ids.ts';
import { type FieldValue, parserOf, printed } from './scalar.ts';
import { isText, kindOf, parameterType, type SqlKind } from './sql-type.ts';

export type FlatRow = { readonly id: string } & Readonly<Record<string, FieldValue>>;

export interface TableColumn {
  /** As the read model has it. */
  readonly column: string;
  /** Quoted, behind the alias `t` that every statement gives the table: bare, ORDER BY would take the printed text. */
  readonly name: string;
  readonly kind: SqlKind;
  /** It is sorted by the bytes of its text. */
  readonly isBytes: boolean;
  /** The change log tells its values, and equal ones are printed alike. */
  readonly isTold: boolean;
  /** The column as it is compared and sorted: text by its bytes, as the indexes state; ids as they are. */
  readonly sortable: string;
  /** A parameter beside it, e.g. `$1::int4`. */
  readonly parameter: (bound: string) => string;
  /** An array parameter, e.g. `$1::int4[]`. */
  readonly parameters: (bound: string) => string;
}

export interface FlatTable {
  readonly type: FlatType;
  /** What stands after FROM: the quoted table under the alias `t`. */
  readonly from: string;
  readonly hash: string;
  readonly key: readonly TableColumn[];
  /** Stored fields by name. `id` is among them when it is a key of one column. */
  readonly stored: ReadonlyMap<string, TableColumn>;
  /** Says whose plant a row is; null where rows belong to no plant. */
  readonly plant: TableColumn | null;
  /** The fields beside the id by name: each one's printed text as SQL, in which `$today` may stand. */
  readonly printed: ReadonlyMap<string, string>;
  /** What a row is selected as; `row` reads its texts in this order. */
  readonly select: string;
  readonly row: (texts: TextRow) => FlatRow;
  /** Whether the answer depends on the day. */
  readonly dependsOnDay: boolean;
}

export function flatTable(type: FlatType, model: ServedModel): FlatTable {
  const key = model.key.map(({ column, type: sqlType }) =>
    tableColumn(column, sqlType, 'ID', [...model.logged, column]),
  );
  const plain = type.fields.filter((field) => field.name !== 'id');
  const stored = new Map<string, TableColumn>();
  for (const field of plain) {
    const sqlType = model.columns[field.column];
    if (field.computed === undefined && sqlType) {
      stored.set(field.name, tableColumn(field.column, sqlType, field.type, model.logged));
    }
  }
  const [only] = key;
  if (key.length === 1 && only) stored.set('id', only);

  const fields = new Map(plain.map((field) => [field.name, expressionOf(field, stored)]));
  return {
    type,
    from: `${model.table} t`,
    hash: model.hash,
    key,
    stored,
    plant: plantColumn(type, stored),
    printed: fields,
    select: [...key.map(({ name }) => `${name}::text`), ...fields.values()].join(', '),
    row: rowReader(key.length, plain),
    dependsOnDay: dependsOnDay(type),
  };
}

function plantColumn({ name, plant }: FlatType, stored: ReadonlyMap<string, TableColumn>): TableColumn | null {
  if (plant && 'none' in plant) return null;
  const column = plant && stored.get(plant.field);
  // Without one nobody could say who may see a row, so nobody may.
  if (!column) throw new TypeError(`${name} says neither whose plant its rows are nor that they belong to none`);
  return column;
}

function tableColumn(column: string, sqlType: string, scalar: string, logged: readonly string[]): TableColumn {
  const kind = kindOf(sqlType);
  const name = `t.${ident(column)}`;
  const isBytes = isText(kind) && scalar !== 'ID';
  return {
    column,
    name,
    kind,
    isBytes,
    isTold: logged.includes(column) && !/citext/i.test(sqlType),
    sortable: isBytes ? `${name} collate "C"` : name,
    parameter: (bound) => `${bound}::${parameterType[kind]}`,
    parameters: (bound) => `${bound}::${parameterType[kind]}[]`,
  };
}

function expressionOf(field: FlatField, stored: ReadonlyMap<string, TableColumn>): string {
  if (field.computed !== undefined) return `(${field.computed})::text`;
  const column = stored.get(field.name);
  if (!column) throw new TypeError(`The read model has no column for the field "${field.name}"`);
  return printed(field.type, column.kind, column.name);
}

function rowReader(keyColumns: number, fields: readonly FlatField[]): (texts: TextRow) => FlatRow {
  const readers = fields.map(({ name, type }) => ({ name, parse: parserOf(type) }));
  return (texts) => {
    const key: string[] = [];
    for (let at = 0; at < keyColumns; at++) key.push(texts[at] ?? '');
    const row: { id: string; [field: string]: FieldValue } = { id: encodeId(key) };
    let at = keyColumns;
    for (const { name, parse } of readers) {
      const text = texts[at++];
      row[name] = text === null || text === undefined ? null : parse(text);
    }
    return row;
  };
}
