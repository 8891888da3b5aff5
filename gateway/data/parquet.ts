/**
 * Parquet, a row group at a time.
 *
 * What is known of a group stands at the end of the file and is held until then, for each of its columns. So groups
 * grow when the rows are many, and what is kept of each is small.
 */
import type { DecodedArray, SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { batches } from './batches.ts';
import { type ColumnValues, DECIMAL_DIGITS } from './column-values.ts';
import type { EncodedColumn, Encoder } from './encoder-messages.ts';

/** All rows of a group are held at once. */
const GROUP_ROWS = 8_192;

export const parquet: Encoder = async function* (blocks, columns) {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), createdBy: 'Skiff' });
  for await (const batch of batches(blocks, columns, GROUP_ROWS)) {
    const columnData = columns.map(({ name }, at) => ({
      name,
      // Of one column after the other: its values are gone before those of the next are made.
      get data() {
        return dataOf(batch.columns[at], batch.rows);
      },
      offsetIndex: false,
    }));
    writer.write({ columnData, rowGroupSize: batch.rows });
    // There are none, and it would keep a place for each.
    writer.pendingIndexes.length = 0;
    yield taken(bytes);
  }
  writer.finish();
  yield taken(bytes);
};

/** As the writer takes them. */
function dataOf(values: ColumnValues | undefined, rows: number): DecodedArray {
  if (!values) return [];
  const each = <One>(value: (at: number) => One): (One | null)[] =>
    Array.from({ length: rows }, (_, at) => (values.isNull(at) ? null : value(at)));
  switch (values.kind) {
    case 'texts':
      return each((at) => values.text(at));
    case 'flags':
      return each((at) => values.isSet(at));
    default:
      return values.nullCount === 0 ? values.numbers.subarray(0, rows) : each((at) => values.numbers[at]);
  }
}

/** What was written since the last time, until more is written; how much was written before counts on. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes();
  writer.index = 0;
  return bytes;
}

const schemaOf = (columns: readonly EncodedColumn[]): SchemaElement[] => [
  { name: 'root', num_children: columns.length },
  ...columns.map(
    (column): SchemaElement => ({
      name: column.name,
      repetition_type: column.isNullable ? 'OPTIONAL' : 'REQUIRED',
      ...typeOf(column),
    }),
  ),
];

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;

function typeOf({ type, scale }: EncodedColumn): Omit<SchemaElement, 'name'> {
  switch (type) {
    case 'Int':
      return { type: 'INT32' };
    case 'BigInt':
      return { type: 'INT64' };
    case 'Float':
      return { type: 'DOUBLE' };
    case 'Boolean':
      return { type: 'BOOLEAN' };
    case 'Date':
      return { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } };
    case 'DateTime':
      return {
        type: 'INT64',
        converted_type: 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      };
    case 'Decimal':
      return scale === undefined
        ? TEXT
        : {
            type: 'INT64',
            converted_type: 'DECIMAL',
            logical_type: { type: 'DECIMAL', precision: DECIMAL_DIGITS, scale },
            precision: DECIMAL_DIGITS,
            scale,
          };
    default:
      return TEXT;
  }
}
