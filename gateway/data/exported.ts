/**
 * The rows of a dataset as an answer.
 *
 *     parameters ─► fresh enough ─► entity tag (304: nothing is read) ─► snapshot ─► first rows ─► headers ─► the rest
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '../../subgraphs/principal.ts';
import { furtherHeaders } from '../../subgraphs/wire.ts';
import { type FreshnessWishes, wishesIn } from '../../subgraphs/wishes.ts';
import { answerHeaders } from '../fresh-execution.ts';
import { type Answer, type Exchange, originOf } from '../http-server.ts';
import type { Dataset } from './dataset.ts';
import { gzipped, takesGzip } from './encoded.ts';
import { begun } from './first-part.ts';
import type { Format } from './format.ts';
import { type Asked, askedOf } from './parameters.ts';
import { cursorOf, dataHash, entityTag, isAmong, parseCursor, questionHash } from './representation.ts';
import type { DataSettings } from './settings.ts';

export interface AskedData {
  readonly dataset: Dataset;
  readonly format: Format;
}

/** Of the time a request may take, for the data to become fresh. */
const WAITING_SHARE = 0.8;
/** Of no length that could be told. */
const NO_ROWS: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };

export async function exported(
  exchange: Exchange,
  principal: Principal,
  { dataset, format }: AskedData,
  settings: DataSettings,
): Promise<Answer> {
  const { request, url } = exchange;
  const { plan, columns } = dataset;
  const asked = askedOf(dataset, url.searchParams);
  const context = settings.newContext(principal, originOf(exchange));
  const patience = { waitMs: WAITING_SHARE * settings.requestDeadlineMs, signal: exchange.signal };
  await settings.makeFresh(plan.types, wishesOf(dataset, asked, request.headers), context.freshness, patience);

  const { today, scope, freshness } = context;
  const day = plan.dependsOnDay ? today : null;
  const question = questionHash(dataset, asked.variables, context);
  const form = [format.extension, asked.bom, asked.safe, asked.limit, asked.cursor];
  const cursor = asked.cursor === null ? null : parseCursor(asked.cursor, question);
  const headers = {
    ...answerHeaders(freshness),
    ...furtherHeaders(freshness),
    ...headersOf(dataset, format, asked),
    etag: entityTag(question, dataHash(plan.types.map(settings.dataVersion), day), form),
  };
  if (isAmong(headers.etag, request.headers['if-none-match'])) return { status: 304, headers, body: '' };
  const isGzipped = takesGzip(format, request.headers['accept-encoding']);
  const encoding: Record<string, string> = isGzipped ? { 'content-encoding': 'gzip' } : {};
  if (request.method === 'HEAD') return { status: 200, headers: { ...headers, ...encoding }, body: NO_ROWS };

  const opened = await settings.openExport(
    {
      ...plan.request(
        columns.map(({ name, value }) => ({ ...value.column, name })),
        asked.variables,
      ),
      limit: asked.limit,
      after: cursor?.place ?? null,
    },
    { today, scope },
    exchange.signal,
  );
  try {
    const data = dataHash(
      plan.types.map((type) => opened.versions.get(type) ?? ''),
      day,
    );
    cursor?.judge(data);
    const next = opened.next === null ? null : further(url, cursorOf(question, data, opened.next));
    const { asOf, stale } = freshness.get();
    const { name, version } = dataset.description;
    const parts = format.write(opened.rows, {
      dataset,
      bom: asked.bom,
      safe: asked.safe,
      before: { dataset: `${name}@${version}`, asOf, stale },
      behind: () => (next === null ? {} : { '@odata.nextLink': next }),
    });
    const body = await begun(parts, settings.requestDeadlineMs);
    return {
      status: 200,
      headers: {
        ...headers,
        ...encoding,
        etag: entityTag(question, data, form),
        ...(next === null ? {} : { link: `<${next}>; rel="next"` }),
      },
      body: isGzipped ? gzipped(body) : body,
      parts: opened.signal,
    };
  } catch (error) {
    opened.close();
    throw error;
  }
}

function wishesOf(
  { maxStalenessMs }: Dataset,
  { maxStaleness, onStale }: Asked,
  headers: IncomingHttpHeaders,
): FreshnessWishes {
  const wishes = wishesIn({
    ...headers,
    ...(maxStaleness === null ? {} : { 'skiff-max-staleness': maxStaleness }),
    ...(onStale === null ? {} : { 'skiff-on-stale': onStale }),
  });
  return wishes.maxStalenessMs === null && maxStalenessMs !== null ? { ...wishes, maxStalenessMs } : wishes;
}

function headersOf({ description }: Dataset, { extension, mediaType }: Format, { download, safe }: Asked) {
  const { name, version, deprecated } = description;
  const file = `${name}.${extension}`;
  return {
    'content-type': mediaType,
    'content-disposition': `${download ? 'attachment' : 'inline'}; filename="${file}"; filename*=UTF-8''${file}`,
    // Whoever keeps it asks each time whether it is still so.
    'cache-control': 'private, no-cache',
    vary: 'Origin, Authorization, X-API-Key, Accept-Encoding',
    // No file lies there to read a part of: PostgreSQL writes it each time anew, and promises no bytes.
    'accept-ranges': 'none',
    'skiff-dataset': `${name}@${version}`,
    ...(extension === 'csv' ? { 'skiff-csv': safe ? 'safe' : 'as it is' } : {}),
    ...(deprecated ? { sunset: new Date(deprecated.removal).toUTCString() } : {}),
  };
}

/** The same address, of the rows behind this one's. */
function further(url: URL, cursor: string): string {
  const query = new URLSearchParams(url.searchParams);
  query.set('cursor', cursor);
  return `${url.pathname}?${query}`;
}
