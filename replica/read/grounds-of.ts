/** What a read of a flat type rests on, from the same arguments that its statement is written from. */
import type { Columns, Condition, GroundsCollector, ListGround } from '../grounds.ts';
import { childrenTag, modelTag, rowTag } from '../grounds.ts';
import type { TextRow } from '../queryable.ts';
import type { AskedReference, AskedRow, RowColumns } from './asked.ts';
import type { Filter } from './filter.ts';
import type { FlatTable, TableColumn } from './flat-table.ts';
import type { Window } from './keyset.ts';
import type { Order } from './order.ts';
import { bindable, NO_ROW } from './scalar.ts';
import type { Viewpoint } from './statement.ts';

/** Of these fields, computed ones included, and of what says whether the row is seen. */
export function columnsUsed(table: FlatTable, fields: readonly string[], others: readonly TableColumn[] = []): Columns {
  const { type, key, plant, stored } = table;
  const declared = [
    type.where ?? '',
    ...type.fields.flatMap((one) => (fields.includes(one.name) ? (one.computed ?? []) : [])),
  ];
  const named = [...stored.values()].filter(({ column }) => declared.some((sql) => namesColumn(sql, column)));
  const used = [
    ...fields.flatMap((name) => stored.get(name) ?? []),
    ...key,
    ...(plant ? [plant] : []),
    ...named,
    ...others,
  ];
  return [...new Set(used.map(({ column }) => column))];
}

const namesColumn = (sql: string, column: string): boolean => sql.split(/\W+/).includes(column);

/** Every field of the type. */
export const allColumns = null;

/** What is known of which rows a list holds; a condition that depends on the day is not. */
function conditionsOf(table: FlatTable, filter: Filter, { scope }: Viewpoint): Condition[] {
  const { plant, type, stored } = table;
  const found: Condition[] = [];
  if (plant?.isTold && scope.plants !== '*') found.push(condition(plant, '=', scope.plants));
  for (const [name, operators] of Object.entries(filter)) {
    const [field, column] = [type.fields.find((one) => one.name === name), stored.get(name)];
    // What is not known of a row may be so.
    if (!field || !column?.isTold) continue;
    for (const [operator, value] of Object.entries(operators ?? {})) {
      if (value === undefined) continue;
      const test = TESTS[operator];
      if (test === undefined) continue;
      const values = Array.isArray(value) ? value : [value];
      const texts = ['isNull', 'startsWith', 'contains'].includes(test)
        ? values.map(String)
        : values.map((one) => bindable(field, column.kind, one, name)).filter((text) => text !== NO_ROW);
      found.push(condition(column, test, texts));
    }
  }
  return found;
}

const TESTS: Readonly<Record<string, Condition['test']>> = {
  eq: '=',
  in: '=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  isNull: 'isNull',
  startsWith: 'startsWith',
  contains: 'contains',
};

const condition = (
  { column, kind, isBytes }: TableColumn,
  test: Condition['test'],
  values: readonly string[],
): Condition => ({ column, kind, isBytes, test, values });

/** Columns of the type's own condition, and of those that the log does not tell. */
const unknownColumns = (table: FlatTable, filter: Filter): Columns => [
  ...(table.type.where === undefined ? [] : (columnsUsed({ ...table, key: [], plant: null }, []) ?? [])),
  ...Object.keys(filter).flatMap((name) => {
    const column = table.stored.get(name);
    return column && !column.isTold ? [column.column] : [];
  }),
  ...(table.plant && !table.plant.isTold ? [table.plant.column] : []),
];

export function countGround(table: FlatTable, filter: Filter, viewpoint: Viewpoint): ListGround {
  const where = conditionsOf(table, filter, viewpoint);
  return {
    hash: table.hash,
    where,
    isCount: true,
    uses: columnsOf(table, [], where),
    unknown: unknownColumns(table, filter),
    sorting: [],
    key: table.key.map(({ column }) => column),
    descending: false,
    from: null,
    to: null,
  };
}

export interface AskedList {
  readonly filter: Filter;
  readonly order: Order;
  readonly window: Window;
  readonly uses: Columns;
}

/** `last` is the place of the row beyond the page, where there is one: nothing behind that matters. */
export function listGround(
  table: FlatTable,
  { filter, order, window, uses }: AskedList,
  last: readonly (string | null)[] | null,
  viewpoint: Viewpoint,
): ListGround {
  const where = conditionsOf(table, filter, viewpoint);
  const sorting = order.by ? [order.by.column, ...table.key] : table.key;
  const { place } = window;
  const begin = place && (order.by ? [place.value, ...place.key] : place.key);
  return {
    hash: table.hash,
    where,
    isCount: false,
    uses: uses && columnsOf(table, uses, where, sorting),
    unknown: unknownColumns(table, filter),
    sorting: sorting.map(({ column, kind, isBytes }) => ({ column, kind, isBytes })),
    key: table.key.map(({ column }) => column),
    descending: order.descending,
    from: window.backward ? last : begin,
    to: window.backward ? begin : last,
  };
}

const columnsOf = (
  table: FlatTable,
  uses: readonly string[],
  where: readonly Condition[],
  sorting: readonly TableColumn[] = [],
): Columns => [
  ...new Set([
    ...uses,
    ...where.map(({ column }) => column),
    ...sorting.map(({ column }) => column),
    ...(columnsUsed(table, []) ?? []),
  ]),
];

/** The row of this id, there or not. */
export function keyTag({ hash, key, type }: FlatTable, id: string): string {
  // Such a text is the same with blanks behind it.
  return key.every(({ isTold, kind }) => isTold && kind !== 'bpchar') ? rowTag(hash, id) : modelTag(type.model);
}

/** The rows whose column holds this id. */
export const heldTag = ({ hash, type }: FlatTable, { column, isTold }: TableColumn, id: string): string =>
  isTold ? childrenTag(hash, column, id) : modelTag(type.model);

/** What a row of a tree rests on beside itself. */
export interface GroundNode {
  readonly table: FlatTable;
  readonly uses: Columns;
  readonly references: readonly GroundReference[];
}

interface GroundReference {
  /** The column of the other row that holds this one's id; null where this row holds the other's. */
  readonly by: TableColumn | null;
  readonly target: GroundNode;
}

export function groundNode(asked: AskedRow, tableOf: (type: string) => FlatTable): GroundNode {
  const table = tableOf(asked.type);
  const held = asked.references.flatMap(({ cardinality, by }) =>
    cardinality === 'one' ? (table.stored.get(by) ?? []) : [],
  );
  return {
    table,
    uses: columnsUsed(table, asked.fields, held),
    references: asked.references.map((reference) => groundReference(reference, tableOf)),
  };
}

function groundReference(
  { cardinality, by, row }: AskedReference,
  tableOf: (type: string) => FlatTable,
): GroundReference {
  const target = groundNode(row, tableOf);
  const column = cardinality === 'one' ? null : (tableOf(row.type).stored.get(by) ?? null);
  return {
    by: column,
    target: column === null ? target : { ...target, uses: target.uses && [...target.uses, column.column] },
  };
}

/** Adds what hangs on a row of a tree. */
export function addReferences(node: GroundNode, columns: RowColumns, texts: TextRow, into: GroundsCollector): void {
  for (const [at, { by, target }] of node.references.entries()) {
    const place = columns.references[at];
    if (place?.cardinality === 'one') {
      const id = texts[place.value] ?? null;
      if (id === null) continue;
      into.tag(keyTag(target.table, id), target.uses);
      if (target.references.length > 0 && place.row.id(texts) !== null) addReferences(target, place.row, texts, into);
    } else if (place && by !== null) {
      into.tag(heldTag(target.table, by, columns.id(texts) ?? ''), target.uses);
      if (target.references.length === 0) continue;
      for (const row of place.rows(texts)) addReferences(target, place.row, row, into);
    }
  }
}
