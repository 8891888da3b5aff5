/**
 * The SQL types a column of a read model may have, as far as reading cares: how a parameter beside
 * the column is cast so that its index serves, and which texts PostgreSQL would take for a value.
 *
 * A text that could not have come from the column is found here, before any statement runs.
 */

export type SqlKind =
  | 'int2'
  | 'int4'
  | 'int8'
  | 'numeric'
  | 'float'
  | 'text'
  | 'bpchar'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'uuid';

const KINDS: Readonly<Record<string, SqlKind>> = {
  smallint: 'int2',
  int2: 'int2',
  integer: 'int4',
  int: 'int4',
  int4: 'int4',
  bigint: 'int8',
  int8: 'int8',
  numeric: 'numeric',
  decimal: 'numeric',
  real: 'float',
  float4: 'float',
  'double precision': 'float',
  float8: 'float',
  text: 'text',
  'character varying': 'text',
  varchar: 'text',
  citext: 'text',
  name: 'text',
  '"char"': 'text',
  character: 'bpchar',
  char: 'bpchar',
  bpchar: 'bpchar',
  boolean: 'boolean',
  bool: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  'timestamp without time zone': 'timestamp',
  timestamptz: 'timestamptz',
  'timestamp with time zone': 'timestamptz',
  uuid: 'uuid',
};

/** Throws for a type no flat type has. */
export function kindOf(sqlType: string): SqlKind {
  const kind =
    KINDS[
      sqlType
        .toLowerCase()
        .replace(/\(.*?\)/, '')
        .replace(/\s+/g, ' ')
        .trim()
    ];
  if (!kind) throw new TypeError(`A read model cannot serve a column of SQL type "${sqlType}"`);
  return kind;
}

export const isWhole = (kind: SqlKind): boolean => kind === 'int2' || kind === 'int4' || kind === 'int8';
export const isText = (kind: SqlKind): boolean => kind === 'text' || kind === 'bpchar';

/** The type a parameter is cast to beside a column: without length, since a cast to `varchar(2)` would cut the value. */
export const parameterType: Readonly<Record<SqlKind, string>> = {
  int2: 'int2',
  int4: 'int4',
  int8: 'int8',
  numeric: 'numeric',
  float: 'float8',
  text: 'text',
  bpchar: 'bpchar',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  uuid: 'uuid',
};

const RANGES = {
  int2: [-(2n ** 15n), 2n ** 15n - 1n],
  int4: [-(2n ** 31n), 2n ** 31n - 1n],
  int8: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

/** numeric holds more; nobody's amount does. */
const MOST_DIGITS = 1_000;

/**
 * Whether the text is one that PostgreSQL prints for a value of this type, in the one way it prints it.
 * What a type's column can never print is no row's, and would be an error if it were bound.
 */
export function isPrinted(kind: SqlKind, text: string): boolean {
  switch (kind) {
    case 'int2':
    case 'int4':
    case 'int8': {
      if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return false;
      const [least, most] = RANGES[kind];
      return BigInt(text) >= least && BigInt(text) <= most;
    }
    case 'numeric':
    case 'float':
      return isNumber(kind, text) || /^(?:NaN|-?Infinity)$/.test(text);
    case 'text':
    case 'bpchar':
      return !text.includes('\0');
    case 'boolean':
      return text === 'true' || text === 'false';
    case 'date':
      return isDate(text) || /^-?infinity$/.test(text);
    case 'timestamp':
    case 'timestamptz':
      return utcTimestamp(text) === text || /^-?infinity$/.test(text);
    case 'uuid':
      return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
  }
}

/** A decimal number that fits the column's type. */
export const isNumber = (kind: SqlKind, text: string): boolean =>
  text.length <= MOST_DIGITS && /^-?\d+(?:\.\d+)?$/.test(text) && (kind !== 'float' || Number.isFinite(Number(text)));

/** `YYYY-MM-DD`, a day that exists. */
export function isDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (year === '' || year === '0000') return false;
  const date = new Date(`${text}T00:00:00Z`);
  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
}

/** RFC 3339 as our own form of it: UTC, six digits, `Z`. Null if it is no such time. */
export function utcTimestamp(text: string): string | null {
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:Z|([+-])(\d\d):(\d\d))$/i.exec(text);
  if (!found) return null;
  const [, date = '', hour, minute, second, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = found;
  const clockRuns = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  const zoneExists = Number(offsetHours) < 24 && Number(offsetMinutes) < 60;
  if (!isDate(date) || !clockRuns || !zoneExists) return null;
  const ahead = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -60_000 : 60_000);
  const utc = new Date(Date.parse(`${date}T${hour}:${minute}:${second}Z`) - ahead).toISOString();
  return /^\d{4}-/.test(utc) && !utc.startsWith('0000') ? `${utc.slice(0, 19)}.${fraction.padEnd(6, '0')}Z` : null;
}
