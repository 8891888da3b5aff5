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
import { batches, DECIMAL_DIGITS, type Value } from './batches.ts';
import type { Column } from './dataset.ts';
import type { Format } from './format.ts';

const BATCH_ROWS = 2_048;

export const arrow: Format = {
  extension: 'arrow',
  mediaType: 'application/vnd.apache.arrow.stream',
  async *write(rows, { dataset: { columns } }) {
    const vectors = columns.map(vectorOf);
    const schema = new Schema(
      columns.map(({ name, value }, at) => new Field(name, vectors[at]?.type ?? new Utf8(), value.isNullable)),
    );
    const writer = new PartsWriter();
    writer.reset(undefined, schema);
    for await (const batch of batches(rows, columns, BATCH_ROWS)) {
      const length = batch[0]?.length ?? 0;
      const children = vectors.map(({ data }, at) => data(batch[at] ?? []));
      writer.write(
        new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children })),
      );
      yield writer.taken();
    }
    writer.finish();
    yield writer.taken();
  },
};

/** Keeps what it writes until it is taken, where Arrow's own would queue it for a reader without end. */
class PartsWriter extends RecordBatchStreamWriter {
  #parts: Uint8Array[] = [];

  taken(): Buffer {
    const parts = Buffer.concat(this.#parts);
    this.#parts = [];
    return parts;
  }

  protected override _write(chunk: unknown): this {
    if (!ArrayBuffer.isView(chunk)) throw new TypeError('Arrow writes something other than bytes');
    this.#parts.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    return this;
  }
}

interface Vector {
  readonly type: DataType;
  readonly data: (values: readonly Value[]) => Data;
}

function vectorOf({ type, scale }: Column): Vector {
  switch (type) {
    case 'Int': {
      const int = new Int32();
      return {
        type: int,
        data: (values) => makeData({ type: int, ...nulls(values), data: Int32Array.from(values, Number) }),
      };
    }
    case 'BigInt': {
      const int = new Int64();
      return { type: int, data: (values) => makeData({ type: int, ...nulls(values), data: wholes(values) }) };
    }
    case 'Float': {
      const float = new Float64();
      return {
        type: float,
        data: (values) => makeData({ type: float, ...nulls(values), data: Float64Array.from(values, Number) }),
      };
    }
    case 'Boolean': {
      const bool = new Bool();
      return {
        type: bool,
        data: (values) => makeData({ type: bool, ...nulls(values), data: bits(values, (value) => value === true) }),
      };
    }
    case 'Date': {
      const day = new DateDay();
      return {
        type: day,
        data: (values) => makeData({ type: day, ...nulls(values), data: Int32Array.from(values, Number) }),
      };
    }
    case 'DateTime': {
      const time = new TimestampMicrosecond('UTC');
      return { type: time, data: (values) => makeData({ type: time, ...nulls(values), data: wholes(values) }) };
    }
    case 'Decimal': {
      if (scale === undefined) return texts;
      const decimal = new Decimal(scale, DECIMAL_DIGITS, 128);
      return { type: decimal, data: (values) => makeData({ type: decimal, ...nulls(values), data: decimals(values) }) };
    }
    default:
      return texts;
  }
}

const utf8 = new Utf8();

const texts: Vector = {
  type: utf8,
  data(values) {
    const valueOffsets = new Int32Array(values.length + 1);
    for (const [at, value] of values.entries()) {
      valueOffsets[at + 1] = (valueOffsets[at] ?? 0) + (value === null ? 0 : Buffer.byteLength(String(value)));
    }
    const data = Buffer.from(values.map((value) => value ?? '').join(''));
    return makeData({ type: utf8, ...nulls(values), valueOffsets, data });
  },
};

/** A bit for each value, the first one lowest. */
function bits(values: readonly Value[], isSet: (value: Value) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (const [at, value] of values.entries()) {
    if (isSet(value)) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
  }
  return bytes;
}

function nulls(values: readonly Value[]) {
  const nullCount = values.reduce<number>((count, value) => count + (value === null ? 1 : 0), 0);
  return {
    length: values.length,
    nullCount,
    ...(nullCount > 0 ? { nullBitmap: bits(values, (value) => value !== null) } : {}),
  };
}

const whole = (value: Value): bigint => (typeof value === 'bigint' ? value : 0n);

const wholes = (values: readonly Value[]): BigInt64Array => BigInt64Array.from(values, whole);

/** 128 bits each, the lower 64 first. */
function decimals(values: readonly Value[]): Uint32Array {
  const halves = new BigInt64Array(2 * values.length);
  for (const [at, value] of values.entries()) {
    const low = whole(value);
    halves[2 * at] = low;
    halves[2 * at + 1] = low < 0n ? -1n : 0n;
  }
  return new Uint32Array(halves.buffer);
}
