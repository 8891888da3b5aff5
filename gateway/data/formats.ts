/** The formats a dataset leaves in: what PostgreSQL is to write, and what stands around it. */
import type { Export } from '../../subgraphs/dataset.ts';
import type { Dataset } from './dataset.ts';

export interface Written {
  readonly dataset: Dataset;
  /** CSV begins with a mark by which Excel knows UTF-8. */
  readonly bom: boolean;
  /** No text of a CSV is a formula. */
  readonly safe: boolean;
  /** Members that a JSON object has before its rows, and behind them. */
  readonly before: Readonly<Record<string, unknown>>;
  readonly behind: Readonly<Record<string, unknown>>;
}

export interface Format {
  readonly extension: string;
  readonly mediaType: string;
  /** The whole answer; its first part holds the first rows. */
  write(rows: Export['rows'], written: Written): AsyncIterable<Uint8Array>;
}

const csv: Format = {
  extension: 'csv',
  mediaType: 'text/csv; charset=utf-8; header=present',
  write(rows, { dataset, bom, safe }) {
    const header = dataset.columns.map(({ name }) => name).join(',');
    const blocks = rows(safe ? 'safe csv' : 'csv', { before: '', after: '\r\n' });
    return between(blocks, `${bom ? '\ufeff' : ''}${header}\r\n`);
  },
};

const ndjson: Format = {
  extension: 'ndjson',
  mediaType: 'application/x-ndjson; charset=utf-8',
  write: (rows) => between(rows('json', { before: '', after: '\n' })),
};

const json: Format = {
  extension: 'json',
  mediaType: 'application/json; charset=utf-8',
  write(rows, { before, behind }) {
    const separator = ',\n';
    const object = JSON.stringify(before).slice(0, -1);
    const end = JSON.stringify(behind).slice(1);
    return between(
      withoutBeginning(rows('json', { before: separator, after: '' }), separator.length),
      `${object}${object === '{' ? '' : ','}"value":[`,
      `]${end === '}' ? '' : ','}${end}`,
    );
  },
};

export const formats: ReadonlyMap<string, Format> = new Map(
  [csv, ndjson, json].map((format) => [format.extension, format]),
);

/** The first block comes with what stands before, so that no answer begins before its first row is there. */
async function* between(blocks: AsyncIterable<Buffer>, before = '', behind = ''): AsyncGenerator<Buffer, void> {
  let begun = false;
  for await (const block of blocks) {
    yield begun || before === '' ? block : Buffer.concat([Buffer.from(before), block]);
    begun = true;
  }
  const rest = `${begun ? '' : before}${behind}`;
  if (rest !== '') yield Buffer.from(rest);
}

async function* withoutBeginning(blocks: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer, void> {
  let isFirst = true;
  for await (const block of blocks) {
    yield isFirst ? block.subarray(length) : block;
    isFirst = false;
  }
}
