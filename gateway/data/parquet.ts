/** Parquet, a row group at a time. */
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { batches, DECIMAL_DIGITS } from './batches.ts';
import type { Column } from './dataset.ts';
import type { Format } from './format.ts';

/** Readers skip whole groups, and each has its own entry for each column at the end of the file. */
const GROUP_ROWS = 4_096;

export const parquet: Format = {
  extension: 'parquet',
  mediaType: 'application/vnd.apache.parquet',
  async *write(rows, { dataset: { columns } }) {
    const bytes = new ByteWriter();
    const writer = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), createdBy: 'Skiff' });
    for await (const batch of batches(rows, columns, GROUP_ROWS)) {
      writer.write({
        columnData: columns.map(({ name }, at) => ({ name, data: [...(batch[at] ?? [])], offsetIndex: false })),
        rowGroupSize: batch[0]?.length ?? 0,
      });
      yield taken(bytes);
    }
    writer.finish();
    yield taken(bytes);
  },
};

/** What was written since the last time; how much was written before counts on. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice();
  writer.index = 0;
  return bytes;
}

const schemaOf = (columns: readonly Column[]): SchemaElement[] => [
  { name: 'root', num_children: columns.length },
  ...columns.map(
    (column): SchemaElement => ({
      name: column.name,
      repetition_type: column.value.isNullable ? 'OPTIONAL' : 'REQUIRED',
      ...typeOf(column),
    }),
  ),
];

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;

function typeOf({ type, scale }: Column): Omit<SchemaElement, 'name'> {
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
