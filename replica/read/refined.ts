/** What a caller makes of an export's rows: which of them, in what order, how many and with which columns. */
import type { FlatField } from '../flat-type.ts';
import type { StatementWriter } from './statement.ts';

export interface RefinedWhere {
  readonly column: string;
  readonly operator: '=' | '<>' | '<' | '<=' | '>' | '>=';
  /** One of them; several only where it is `=`. */
  readonly values: readonly (string | null)[];
}

export interface RefinedOrder {
  readonly column: string;
  readonly descending: boolean;
}

export interface Refinement {
  /** Those that leave, in their order. */
  readonly columns: readonly string[];
  readonly where: readonly RefinedWhere[];
  readonly orderBy: readonly RefinedOrder[];
  readonly top: number | null;
  readonly skip: number;
  /** Whether to say how many rows there are, whatever `top` and `skip` are. */
  readonly counted: boolean;
}

interface NamedField {
  readonly name: string;
  readonly field: FlatField;
}

/** Of rows whose columns are the texts `c0`, `c1` …: those that are asked for. */
export function chosen(
  rows: string,
  columns: readonly NamedField[],
  { where }: Refinement,
  statement: StatementWriter,
): string {
  const conditions = where.map((one) => condition(one, columns, statement));
  return `select * from (${rows}) w${conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`}`;
}

/** And of these the page, in the order. Without one they stay in the dataset's own. */
export function paged(rows: string, columns: readonly NamedField[], { orderBy, top, skip }: Refinement): string {
  const sorting = orderBy.map(
    ({ column, descending }) => `${typed(column, columns).sql} ${descending ? 'desc' : 'asc'} nulls last`,
  );
  // What is equal in it must not change places between pages.
  const id = columns.findIndex(({ name }) => name === 'id');
  const closed = sorting.length > 0 && id >= 0 ? [...sorting, `c${id} collate "C"`] : sorting;
  const order = closed.length === 0 ? '' : ` order by ${closed.join(', ')}`;
  return `select * from (${rows}) p${order} limit ${top ?? 'null'} offset ${skip}`;
}

const SQL_TYPES: Readonly<Record<string, string>> = {
  Int: 'numeric',
  BigInt: 'numeric',
  Decimal: 'numeric',
  Float: 'float8',
  Boolean: 'boolean',
  Date: 'date',
  DateTime: 'timestamptz',
};

function typed(name: string, columns: readonly NamedField[]): { sql: string; cast: string } {
  const at = columns.findIndex((column) => column.name === name);
  const type = SQL_TYPES[columns[at]?.field.type ?? ''];
  return type === undefined ? { sql: `c${at} collate "C"`, cast: '' } : { sql: `c${at}::${type}`, cast: `::${type}` };
}

function condition(
  { column, operator, values }: RefinedWhere,
  columns: readonly NamedField[],
  statement: StatementWriter,
): string {
  const { sql, cast } = typed(column, columns);
  const each = values.map((value) => {
    if (value === null) {
      // Nothing is less or greater than null.
      return operator === '=' ? `${sql} is null` : operator === '<>' ? `${sql} is not null` : 'false';
    }
    const bound = `${statement.bind(value)}${cast}`;
    return operator === '<>' ? `${sql} is distinct from ${bound}` : `${sql} ${operator} ${bound}`;
  });
  return `(${each.join(' or ')})`;
}
