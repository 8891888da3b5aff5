/**
 * What a list ought to answer, worked out in memory from all rows: the other voice beside the SQL.
 * It shares nothing with the builder but the declarations.
 */
import type { FlatField, FlatType } from '../../../replica/flat-type.ts';
import type { FlatRow } from '../../../replica/read.ts';

type Value = FlatRow[string];
type Filter = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Question {
  readonly filter: Filter;
  readonly orderBy: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null;
}

const byNumber = (a: FlatRow, b: FlatRow): number => Number(a.id) - Number(b.id);

export function evaluate(
  type: FlatType,
  rows: readonly FlatRow[],
  { filter, orderBy }: Question,
  byKey: (a: FlatRow, b: FlatRow) => number = byNumber,
): FlatRow[] {
  const fieldOf = (name: string) => {
    const field = type.fields.find((candidate) => candidate.name === name);
    if (!field) throw new Error(`No field ${name}`);
    return field;
  };
  const kept = rows.filter((row) =>
    Object.entries(filter).every(([name, operators]) =>
      Object.entries(operators).every(([operator, operand]) =>
        holds(fieldOf(name), row[name] ?? null, operator, operand),
      ),
    ),
  );
  const sorted = type.fields.find(({ column }) => column.toUpperCase() === orderBy?.field);
  const turn = orderBy?.direction === 'DESC' ? -1 : 1;
  return kept.toSorted((a, b) => {
    if (sorted) {
      const [left = null, right = null] = [a[sorted.name], b[sorted.name]];
      if (left === null || right === null) {
        if (left !== right) return left === null ? 1 : -1;
      } else {
        const order = compare(sorted, left, right);
        if (order !== 0) return order * turn;
      }
    }
    return byKey(a, b) * turn;
  });
}

function holds(field: FlatField, value: Value, operator: string, operand: unknown): boolean {
  if (operator === 'isNull') return (value === null) === operand;
  if (value === null) return false;
  switch (operator) {
    case 'in':
      return Array.isArray(operand) && operand.some((each) => compare(field, value, each) === 0);
    case 'startsWith':
      return String(value).startsWith(String(operand));
    case 'contains':
      return String(value).toLowerCase().includes(String(operand).toLowerCase());
    case 'eq':
      return compare(field, value, operand) === 0;
    case 'lt':
      return compare(field, value, operand) < 0;
    case 'lte':
      return compare(field, value, operand) <= 0;
    case 'gt':
      return compare(field, value, operand) > 0;
    case 'gte':
      return compare(field, value, operand) >= 0;
    default:
      throw new Error(`No operator ${operator}`);
  }
}

function compare(field: FlatField, left: unknown, right: unknown): number {
  switch (field.type) {
    case 'Int':
      return Number(left) - Number(right);
    case 'Boolean':
      return Number(left) - Number(right);
    case 'Decimal':
    case 'BigInt':
      return Math.sign(Number(scaled(String(left)) - scaled(String(right))));
    case 'DateTime':
      return microseconds(String(left)) - microseconds(String(right));
    default:
      return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
  }
}

/** A JavaScript date holds three digits of a second, ours have six. */
function microseconds(time: string): number {
  const digits = /\.\d{3}(\d{3})/.exec(time)?.[1] ?? '0';
  return Date.parse(time) * 1_000 + Number(digits);
}

/** An exact number with up to twenty digits behind the point, as a whole one. */
function scaled(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const size = BigInt(whole + fraction.padEnd(20, '0'));
  return decimal.startsWith('-') ? -size : size;
}
