/** The formats a dataset leaves in: what PostgreSQL is to write, and what stands around it. */
import { encoded } from './encoder.ts';
import type { ColumnFormat } from './encoder-messages.ts';
import type { Format } from './format.ts';

const csv: Format = {
  extension: 'csv',
  mediaType: 'text/csv; charset=utf-8; header=present',
  isCompressible: true,
  write(rows, { dataset, bom, safe }) {
    const header = dataset.columns.map(({ name }) => name).join(',');
    const blocks = rows(safe ? 'safe csv' : 'csv', { before: '', after: '\r\n' });
    return between(blocks, `${bom ? '\ufeff' : ''}${header}\r\n`);
  },
};

const ndjson: Format = {
  extension: 'ndjson',
  mediaType: 'application/x-ndjson; charset=utf-8',
  isCompressible: true,
  write: (rows) => between(rows('json', { before: '', after: '\n' })),
};

export const json: Format = {
  extension: 'json',
  mediaType: 'application/json; charset=utf-8',
  isCompressible: true,
  write(rows, { before, behind }) {
    const separator = ',\n';
    const object = JSON.stringify(before).slice(0, -1);
    const end = (): string => {
      const members = JSON.stringify(behind()).slice(1);
      return `]${members === '}' ? '' : ','}${members}`;
    };
    return between(
      withoutBeginning(rows('json', { before: separator, after: '' }), separator.length),
      `${object}${object === '{' ? '' : ','}"value":[`,
      end,
    );
  },
};

const byColumn = (extension: ColumnFormat, mediaType: string): Format => ({
  extension,
  mediaType,
  isCompressible: false,
  write(rows, { dataset }) {
    const columns = dataset.columns.map(({ name, type, scale, value: { isNullable } }) => ({
      name,
      type,
      isNullable,
      ...(scale === undefined ? {} : { scale }),
    }));
    return encoded(extension, rows('text', { before: '', after: '\n' }), columns);
  },
});

const parquet = byColumn('parquet', 'application/vnd.apache.parquet');
const arrow = byColumn('arrow', 'application/vnd.apache.arrow.stream');

export const formats: ReadonlyMap<string, Format> = new Map(
  [csv, ndjson, json, parquet, arrow].map((format) => [format.extension, format]),
);

/** The first block comes with what stands before, so that no answer begins before its first row is there. */
async function* between(blocks: AsyncIterable<Buffer>, before = '', behind = () => ''): AsyncGenerator<Buffer, void> {
  let begun = false;
  for await (const block of blocks) {
    yield begun || before === '' ? block : Buffer.concat([Buffer.from(before), block]);
    begun = true;
  }
  const rest = `${begun ? '' : before}${behind()}`;
  if (rest !== '') yield Buffer.from(rest);
}

async function* withoutBeginning(blocks: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer, void> {
  let isFirst = true;
  for await (const block of blocks) {
    yield isFirst ? block.subarray(length) : block;
    isFirst = false;
  }
}
