/**
 * The values of one column of a batch, in arrays that serve batch after batch: what a row leaves behind is not garbage,
 * of which millions of rows make more than a collector takes away in time.
 *
 * Values come as PostgreSQL's COPY writes them as text. One that the format has no number for, because it is too long,
 * ends the export: it is never rounded.
 */
import type { EncodedColumn } from './encoder-messages.ts';

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
/** So many digits fit a JavaScript number exactly. */
const NUMBER_DIGITS = 15;
const WORD = 2 ** 32;
/** Digits of a decimal number that fit into 64 bits. */
export const DECIMAL_DIGITS = 18;

abstract class Values {
  length = 0;
  nullCount = 0;
  /** A bit for each value, the first one lowest: whether there is one. */
  readonly validity: Uint8Array;

  constructor(most: number) {
    this.validity = new Uint8Array(Math.ceil(most / 8));
  }

  /** A value, as the bytes of its text. */
  add(bytes: Buffer, from: number, to: number): void {
    this.validity[this.length >> 3] = (this.validity[this.length >> 3] ?? 0) | (1 << (this.length & 7));
    this.put(bytes, from, to);
    this.length++;
  }

  addNull(): void {
    this.putNothing();
    this.nullCount++;
    this.length++;
  }

  clear(): void {
    this.length = 0;
    this.nullCount = 0;
    this.validity.fill(0);
  }

  isNull(at: number): boolean {
    return this.nullCount > 0 && ((this.validity[at >> 3] ?? 0) & (1 << (at & 7))) === 0;
  }

  protected abstract put(bytes: Buffer, from: number, to: number): void;
  protected abstract putNothing(): void;
}

/** Of 32 bits: numbers, and days since 1970. */
export class Wholes extends Values {
  readonly kind = 'wholes';
  readonly numbers: Int32Array;
  readonly #read: (bytes: Buffer, from: number, to: number) => number;

  constructor(most: number, read: (bytes: Buffer, from: number, to: number) => number) {
    super(most);
    this.numbers = new Int32Array(most);
    this.#read = read;
  }

  protected put(bytes: Buffer, from: number, to: number): void {
    this.numbers[this.length] = this.#read(bytes, from, to);
  }

  protected putNothing(): void {
    this.numbers[this.length] = 0;
  }
}

/** Of 64 bits: numbers, microseconds since 1970, and decimals as whole numbers of their smallest unit. */
export class LongWholes extends Values {
  readonly kind = 'long wholes';
  readonly numbers: BigInt64Array;
  readonly #halves: Int32Array;
  readonly #read: (bytes: Buffer, from: number, to: number) => number | bigint;

  constructor(most: number, read: (bytes: Buffer, from: number, to: number) => number | bigint) {
    super(most);
    this.numbers = new BigInt64Array(most);
    this.#halves = new Int32Array(this.numbers.buffer);
    this.#read = read;
  }

  protected put(bytes: Buffer, from: number, to: number): void {
    const value = this.#read(bytes, from, to);
    if (typeof value === 'bigint') this.numbers[this.length] = value;
    else {
      // Lower half first. A bigint for each value would be an object for each.
      this.#halves[2 * this.length] = value;
      this.#halves[2 * this.length + 1] = Math.floor(value / WORD);
    }
  }

  protected putNothing(): void {
    this.numbers[this.length] = 0n;
  }
}

export class Floats extends Values {
  readonly kind = 'floats';
  readonly numbers: Float64Array;

  constructor(most: number) {
    super(most);
    this.numbers = new Float64Array(most);
  }

  protected put(bytes: Buffer, from: number, to: number): void {
    this.numbers[this.length] = Number(bytes.toString('latin1', from, to));
  }

  protected putNothing(): void {
    this.numbers[this.length] = 0;
  }
}

export class Flags extends Values {
  readonly kind = 'flags';
  /** A bit for each, as in `validity`. */
  readonly bits: Uint8Array;

  constructor(most: number) {
    super(most);
    this.bits = new Uint8Array(Math.ceil(most / 8));
  }

  isSet(at: number): boolean {
    return ((this.bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
  }

  override clear(): void {
    super.clear();
    this.bits.fill(0);
  }

  protected put(bytes: Buffer, from: number): void {
    // Of true and false.
    if (bytes[from] === 116)
      this.bits[this.length >> 3] = (this.bits[this.length >> 3] ?? 0) | (1 << (this.length & 7));
  }

  protected putNothing(): void {}
}

const TEXT_BYTES = 16;

export class Texts extends Values {
  readonly kind = 'texts';
  /** Where each text begins, and where the last one ends. */
  readonly offsets: Int32Array;
  #bytes: Buffer;

  constructor(most: number) {
    super(most);
    this.offsets = new Int32Array(most + 1);
    this.#bytes = Buffer.allocUnsafeSlow(TEXT_BYTES * most);
  }

  /** Of all texts, one behind the other. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.offsets[this.length]);
  }

  text(at: number): string {
    return this.#bytes.toString('utf8', this.offsets[at], this.offsets[at + 1]);
  }

  protected put(bytes: Buffer, from: number, to: number): void {
    const end = this.#end;
    if (end + to - from > this.#bytes.length) {
      const wider = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, end + to - from));
      this.#bytes.copy(wider, 0, 0, end);
      this.#bytes = wider;
    }
    bytes.copy(this.#bytes, end, from, to);
    this.offsets[this.length + 1] = end + to - from;
  }

  protected putNothing(): void {
    this.offsets[this.length + 1] = this.#end;
  }

  get #end(): number {
    return this.offsets[this.length] ?? 0;
  }
}

export type ColumnValues = Wholes | LongWholes | Floats | Flags | Texts;

/** @param most values that it takes */
export function valuesFor({ name, type, scale }: EncodedColumn, most: number): ColumnValues {
  switch (type) {
    case 'Int':
      return new Wholes(most, digitsOf);
    case 'Date':
      return new Wholes(most, daysOf);
    case 'Float':
      return new Floats(most);
    case 'Boolean':
      return new Flags(most);
    case 'BigInt':
      return new LongWholes(most, (bytes, from, to) =>
        to - from <= NUMBER_DIGITS ? digitsOf(bytes, from, to) : long(name, bytes.toString('latin1', from, to)),
      );
    case 'DateTime':
      return new LongWholes(most, microsecondsOf);
    case 'Decimal':
      if (scale === undefined) return new Texts(most);
      return new LongWholes(most, (bytes, from, to) => unscaled(name, scale, bytes, from, to));
    default:
      return new Texts(most);
  }
}

function digitsOf(bytes: Buffer, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  let value = 0;
  for (let at = isNegative ? from + 1 : from; at < to; at++) value = 10 * value + (bytes[at] ?? 0) - ZERO;
  return isNegative ? -value : value;
}

function long(name: string, text: string): bigint {
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${name}: ${text} does not fit 64 bits`);
  return value;
}

/** Since 1970, of `2026-11-22`. */
function daysOf(bytes: Buffer, from: number, to: number): number {
  if (to - from !== 10) throw new RangeError(`There is no number for the day ${bytes.toString('latin1', from, to)}`);
  return dayAt(bytes, from);
}

/** Of the Gregorian calendar, years begun in March so that a leap day is their last. */
function dayAt(bytes: Buffer, from: number): number {
  const month = digitsOf(bytes, from + 5, from + 7);
  const year = digitsOf(bytes, from, from + 4) - (month <= 2 ? 1 : 0);
  const inYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + digitsOf(bytes, from + 8, from + 10);
  return 365 * year + Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400) + inYear - 719_469;
}

/** Since 1970, of `2026-11-22T14:03:05.250000Z`. */
function microsecondsOf(bytes: Buffer, from: number, to: number): number | bigint {
  if (to - from !== 27) throw new RangeError(`There is no number for the time ${bytes.toString('latin1', from, to)}`);
  const part = (at: number): number => digitsOf(bytes, from + at, from + at + 2);
  const seconds = ((dayAt(bytes, from) * 24 + part(11)) * 60 + part(14)) * 60 + part(17);
  const micros = digitsOf(bytes, from + 20, from + 26);
  const all = seconds * 1_000_000 + micros;
  return Number.isSafeInteger(all) ? all : BigInt(seconds) * 1_000_000n + BigInt(micros);
}

/** A decimal as the whole number of its smallest unit. */
function unscaled(name: string, scale: number, bytes: Buffer, from: number, to: number): number | bigint {
  const isNegative = bytes[from] === MINUS;
  const begin = isNegative ? from + 1 : from;
  const point = bytes.subarray(begin, to).indexOf(POINT);
  const wholeEnd = point < 0 ? to : begin + point;
  if (wholeEnd - begin + scale > NUMBER_DIGITS || to - wholeEnd - 1 > scale) {
    return longUnscaled(name, scale, bytes.toString('latin1', from, to));
  }
  let value = digitsOf(bytes, begin, wholeEnd);
  for (let at = 0; at < scale; at++) {
    const digit = wholeEnd + 1 + at;
    value = 10 * value + (digit < to ? (bytes[digit] ?? ZERO) - ZERO : 0);
  }
  return isNegative ? -value : value;
}

function longUnscaled(name: string, scale: number, text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  const exact = fraction.replace(/0+$/, '');
  const digits = `${whole}${exact.padEnd(scale, '0')}`;
  if (exact.length > scale || digits.replace(/^-?0*/, '').length > DECIMAL_DIGITS) {
    throw new RangeError(
      `${name}: ${text} does not fit a number of ${DECIMAL_DIGITS} digits, ${scale} of them behind the point`,
    );
  }
  return BigInt(digits);
}
