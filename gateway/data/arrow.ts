/** Arrow's stream format, a record batch at a time. */
import {
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from 'apache-arrow';
import { batches } from './batches.ts';
import { type ColumnValues, DECIMAL_DIGITS } from './column-values.ts';
import type { EncodedColumn, Encoder } from './encoder-messages.ts';

const BATCH_ROWS = 2_048;
const FIRST_BYTES = 262_144;

export const arrow: Encoder = async function* (blocks, columns) {
  const vectors = columns.map(vectorOf);
  const schema = new Schema(
    columns.map(({ name, isNullable }, at) => new Field(name, vectors[at]?.type ?? utf8, isNullable)),
  );
  const writer = new PartsWriter();
  writer.reset(undefined, schema);
  for await (const batch of batches(blocks, columns, BATCH_ROWS)) {
    const children = batch.columns.map((values, at) => (vectors[at] ?? texts).data(values));
    const type = new Struct(schema.fields);
    writer.write(new RecordBatch(schema, makeData({ type, length: batch.rows, nullCount: 0, children })));
    yield writer.taken();
  }
  writer.finish();
  yield writer.taken();
};

/** Keeps what it writes until it is taken, where Arrow's own would queue it for a reader without end. */
class PartsWriter extends RecordBatchStreamWriter {
  #kept = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #used = 0;

  /** Good until more is written. */
  taken(): Buffer {
    const part = this.#kept.subarray(0, this.#used);
    this.#used = 0;
    return part;
  }

  protected override _write(chunk: unknown): this {
    if (!ArrayBuffer.isView(chunk)) throw new TypeError('Arrow writes something other than bytes');
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#used + bytes.length > this.#kept.length) {
      const wider = Buffer.allocUnsafeSlow(2 * (this.#used + bytes.length));
      this.#kept.copy(wider, 0, 0, this.#used);
      this.#kept = wider;
    }
    this.#kept.set(bytes, this.#used);
    this.#used += bytes.length;
    return this;
  }
}

interface Vector {
  readonly type: DataType;
  /** Of the arrays as they are: it is written before the next batch overwrites them. */
  readonly data: (values: ColumnValues) => Data;
}

function vectorOf({ type, scale }: EncodedColumn): Vector {
  switch (type) {
    case 'Int': {
      const int = new Int32();
      return { type: int, data: (values) => makeData({ type: int, ...shared(values), data: wholes(values) }) };
    }
    case 'BigInt': {
      const int = new Int64();
      return { type: int, data: (values) => makeData({ type: int, ...shared(values), data: longWholes(values) }) };
    }
    case 'Float': {
      const float = new Float64();
      return { type: float, data: (values) => makeData({ type: float, ...shared(values), data: floats(values) }) };
    }
    case 'Boolean': {
      const bool = new Bool();
      return { type: bool, data: (values) => makeData({ type: bool, ...shared(values), data: flags(values) }) };
    }
    case 'Date': {
      const day = new DateDay();
      return { type: day, data: (values) => makeData({ type: day, ...shared(values), data: wholes(values) }) };
    }
    case 'DateTime': {
      const time = new TimestampMicrosecond('UTC');
      return { type: time, data: (values) => makeData({ type: time, ...shared(values), data: longWholes(values) }) };
    }
    case 'Decimal': {
      if (scale === undefined) return texts;
      const decimal = new Decimal(scale, DECIMAL_DIGITS, 128);
      return {
        type: decimal,
        data: (values) => makeData({ type: decimal, ...shared(values), data: wide(longWholes(values)) }),
      };
    }
    default:
      return texts;
  }
}

const utf8 = new Utf8();

const texts: Vector = {
  type: utf8,
  data(values) {
    if (values.kind !== 'texts') throw new Mismatch();
    const valueOffsets = values.offsets.subarray(0, values.length + 1);
    return makeData({ type: utf8, ...shared(values), valueOffsets, data: values.bytes });
  },
};

const shared = ({ length, nullCount, validity }: ColumnValues) => ({
  length,
  nullCount,
  ...(nullCount > 0 ? { nullBitmap: validity } : {}),
});

class Mismatch extends TypeError {
  constructor() {
    super('A column holds other values than its type');
  }
}

function wholes(values: ColumnValues): Int32Array {
  if (values.kind !== 'wholes') throw new Mismatch();
  return values.numbers.subarray(0, values.length);
}

function longWholes(values: ColumnValues): BigInt64Array {
  if (values.kind !== 'long wholes') throw new Mismatch();
  return values.numbers.subarray(0, values.length);
}

function floats(values: ColumnValues): Float64Array {
  if (values.kind !== 'floats') throw new Mismatch();
  return values.numbers.subarray(0, values.length);
}

function flags(values: ColumnValues): Uint8Array {
  if (values.kind !== 'flags') throw new Mismatch();
  return values.bits;
}

/** 128 bits each, the lower 64 first. */
function wide(numbers: BigInt64Array): Uint32Array {
  const halves = new BigInt64Array(2 * numbers.length);
  for (const [at, low] of numbers.entries()) {
    halves[2 * at] = low;
    halves[2 * at + 1] = low < 0n ? -1n : 0n;
  }
  return new Uint32Array(halves.buffer);
}
