/**
 * Values of Tryton's API as the text that PostgreSQL prints of them, and times as Tryton takes them.
 *
 * What JSON has no form for comes as an object that names its class. Tryton's times are those of its database,
 * without a zone: UTC, as Tryton wants it set.
 */
import { z } from 'zod';

const Day = { year: z.number(), month: z.number(), day: z.number() };
const Moment = z.object({
  __class__: z.literal('datetime'),
  ...Day,
  hour: z.number(),
  minute: z.number(),
  second: z.number(),
  microsecond: z.number(),
});
type Moment = z.infer<typeof Moment>;

const Typed = z.discriminatedUnion('__class__', [
  Moment,
  z.object({ __class__: z.literal('date'), ...Day }),
  z.object({ __class__: z.literal('Decimal'), decimal: z.string() }),
  z.object({ __class__: z.literal('timedelta'), seconds: z.number() }),
]);

/** `what` names the field, for the message. */
export function fieldText(value: unknown, what: string): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value === 'number') return numberText(value);
  const typed = Typed.safeParse(value);
  if (!typed.success) throw new TypeError(`${what} came in a form that is not known: ${JSON.stringify(value)}`);
  switch (typed.data.__class__) {
    case 'date':
      return dayText(typed.data);
    case 'datetime':
      return momentText(typed.data);
    case 'Decimal':
      return decimalText(typed.data.decimal);
    case 'timedelta':
      return intervalText(typed.data.seconds);
  }
}

const MICROS_PER_MS = 1_000;

/** Microseconds since 1970; null for null. */
export function micros(value: unknown): bigint | null {
  if (value === null) return null;
  const { year, month, day, hour, minute, second, microsecond } = Moment.parse(value);
  return BigInt(Date.UTC(year, month - 1, day, hour, minute, second)) * BigInt(MICROS_PER_MS) + BigInt(microsecond);
}

export const msOf = (microseconds: bigint): number => Number(microseconds / BigInt(MICROS_PER_MS));

export function moment(ms: number): Moment {
  const at = new Date(ms);
  return {
    __class__: 'datetime',
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    microsecond: at.getUTCMilliseconds() * MICROS_PER_MS,
  };
}

/** A day, `2027-01-11`, as Tryton takes it. */
export function dayOf(text: string): { readonly __class__: 'date'; readonly [part: string]: unknown } {
  const [year, month, day] = text.split('-').map(Number);
  return { __class__: 'date', year, month, day };
}

const digits = (value: number, length: number): string => String(value).padStart(length, '0');

const dayText = ({ year, month, day }: { readonly year: number; readonly month: number; readonly day: number }) =>
  `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;

function momentText(at: Moment): string {
  const fraction = digits(at.microsecond, 6).replace(/0+$/, '');
  const time = [at.hour, at.minute, at.second].map((part) => digits(part, 2)).join(':');
  return `${dayText(at)} ${time}${fraction && `.${fraction}`}`;
}

/** PostgreSQL changes to exponents earlier than JavaScript does, and writes them with two digits. */
const FIRST_EXPONENT = 15;
const LAST_EXPONENT = -4;

function numberText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= LAST_EXPONENT && power < FIRST_EXPONENT) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${digits(Math.abs(power), 2)}`;
}

/** Python writes small numbers with an exponent, `0E-8`; PostgreSQL never does. The digits behind the point stay as many. */
function decimalText(text: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?E([+-]\d+)$/.exec(text);
  if (!parts) return text;
  const [, sign = '', whole = '', fraction = '', exponent = ''] = parts;
  const scale = fraction.length - Number(exponent);
  if (scale <= 0) return `${sign}${whole}${fraction}${'0'.repeat(-scale)}`.replace(/^(-?)0+(?=\d)/, '$1');
  const all = `${whole}${fraction}`.padStart(scale + 1, '0');
  return `${sign}${all.slice(0, -scale)}.${all.slice(-scale)}`;
}

const SECONDS_PER_DAY = 86_400;

/** As Python counts and Tryton stores it: whole days, which may be negative, and what is left of a day, which is not. */
function intervalText(seconds: number): string {
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const rest = Math.round((seconds - days * SECONDS_PER_DAY) * 1e6);
  const [hours, minutes, micro] = [Math.floor(rest / 3.6e9), Math.floor((rest % 3.6e9) / 6e7), rest % 6e7];
  const part = (amount: number, unit: string) => (amount === 0 ? '' : `${amount}${unit}`);
  const time = `${part(hours, 'H')}${part(minutes, 'M')}${part(micro / 1e6, 'S')}`;
  return `P${part(days, 'D')}${time && `T${time}`}`.replace(/^P$/, 'PT0S');
}
