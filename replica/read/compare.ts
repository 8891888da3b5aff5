/**
 * Compares values as PostgreSQL does, by the texts it prints, where that can be done without asking it. NaN where not:
 * whoever asks takes that for any answer.
 */
import type { SqlKind } from './sql-type.ts';

/** Negative, nought or positive, as of numbers; NaN where it cannot be said here. `isBytes`: text is compared by its bytes. */
export function compareTexts(kind: SqlKind, isBytes: boolean, one: string, other: string): number {
  switch (kind) {
    case 'int2':
    case 'int4':
    case 'int8':
    case 'numeric':
      return compareDecimals(one, other);
    case 'float':
      return compareFloats(Number(one), Number(other));
    case 'bpchar':
      return compareCharacters(isBytes, one.replace(/ +$/, ''), other.replace(/ +$/, ''));
    case 'text':
      return compareCharacters(isBytes, one, other);
    case 'boolean':
    case 'uuid':
      return order(one, other);
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(one) && /^\d{4}-\d\d-\d\d$/.test(other) ? order(one, other) : Number.NaN;
    case 'timestamp':
    case 'timestamptz': {
      const [left, right] = [moment(one), moment(other)];
      return left === null || right === null ? Number.NaN : order(left, right);
    }
  }
}

const order = (one: string, other: string): number => (one === other ? 0 : one < other ? -1 : 1);

/** By their bytes in UTF-8, which JavaScript's own order is not beyond U+FFFF; by a language's rules we cannot say. */
function compareCharacters(isBytes: boolean, one: string, other: string): number {
  if (one === other) return 0;
  return isBytes ? Buffer.compare(Buffer.from(one), Buffer.from(other)) : Number.NaN;
}

/** A float of four bytes is not quite what it is printed as. */
function compareFloats(one: number, other: number): number {
  const difference = one - other;
  return Math.abs(difference) > Math.abs(one) * 1e-6 ? difference : Number.NaN;
}

function compareDecimals(one: string, other: string): number {
  const [left, right] = [digits(one), digits(other)];
  if (!left || !right) return Number.NaN;
  const scale = Math.max(left.fraction.length, right.fraction.length);
  const whole = ({ sign, whole, fraction }: Digits) => sign * BigInt(whole + fraction.padEnd(scale, '0'));
  const difference = whole(left) - whole(right);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

interface Digits {
  readonly sign: 1n | -1n;
  readonly whole: string;
  readonly fraction: string;
}

function digits(text: string): Digits | null {
  const [, minus, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  return whole === undefined ? null : { sign: minus ? -1n : 1n, whole, fraction };
}

/** PostgreSQL's print and ours in one form; null for what is no moment of the calendar. */
function moment(text: string): string | null {
  const [, day, time, fraction = ''] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00|Z)?$/.exec(text) ?? [];
  return day === undefined ? null : `${day} ${time}.${fraction.padEnd(6, '0')}`;
}
