/** JSON values as the text that PostgreSQL prints of them: what the mirror holds is compared with what comes as text. */
import type { RowText } from '../change.ts';
import type { MirrorTable } from '../connector.ts';

/** The mirrored columns of a row. One that the API leaves out is left out: unchanged. */
export function rowText({ name, columns }: MirrorTable, row: Readonly<Record<string, unknown>>): RowText {
  return Object.fromEntries(
    Object.entries(columns).flatMap(([column, type]) => {
      const value = row[column];
      return value === undefined ? [] : [[column, columnText(value, type, `${name}.${column}`)]];
    }),
  );
}

export function columnText(value: unknown, type: string, what: string): string | null {
  if (value === null) return null;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (type === 'boolean') return text === 'true' ? 't' : 'f';
  if (!type.startsWith('timestamp')) return text;
  const [, day, time, fraction = '', zone = ''] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]00:?00)?$/.exec(text) ?? [];
  if (day === undefined) throw new TypeError(`${what} came as "${text}", which is no time in UTC`);
  const digits = fraction.slice(0, 6).replace(/0+$/, '');
  const isZoned = zone !== '' && type !== 'timestamp' && type !== 'timestamp without time zone';
  return `${day} ${time}${digits && `.${digits}`}${isZoned ? '+00' : ''}`;
}
