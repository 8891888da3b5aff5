/**
 * The datasets as an OData v4 feed, which Excel, Power BI and Tableau read by themselves.
 *
 *     /data/odata/               the datasets as entity sets
 *     /data/odata/$metadata      their columns and types
 *     /data/odata/<name>         rows: $select $filter $orderby $top $skip $count
 *     /data/odata/<name>/$count  how many
 *
 * It reads and does no more. A dataset's own parameters may stand beside the options. Rows come whole, from one snapshot;
 * by pages for a client that asks for them (`odata-pages.ts`).
 */
import { ErrorCode } from '../../runtime/errors.ts';
import type { Principal } from '../../subgraphs/principal.ts';
import { noWishes } from '../../subgraphs/wishes.ts';
import { answerHeaders } from '../fresh-execution.ts';
import { type Answer, type Exchange, json as jsonAnswer, originOf } from '../http-server.ts';
import { refusal } from '../refusal.ts';
import { type Dataset, mayReadDataset } from './dataset.ts';
import { gzipped, takesGzip } from './encoded.ts';
import { begun } from './first-part.ts';
import { json } from './formats.ts';
import { columnOf, filterOf, orderOf } from './odata-filter.ts';
import { metadata, setName } from './odata-metadata.ts';
import { counted, pageOf } from './odata-pages.ts';
import { askedOf } from './parameters.ts';
import { dataHash, hash, questionHash } from './representation.ts';
import type { DataSettings } from './settings.ts';

const VERSION = {
  'odata-version': '4.0',
  vary: 'Origin, Authorization, X-API-Key, Accept-Encoding, Prefer',
  'cache-control': 'private, no-cache',
};
const OPTIONS = ['$select', '$filter', '$orderby', '$top', '$skip', '$count', '$format', '$skiptoken'];
const WAITING_SHARE = 0.8;

export async function odata(
  exchange: Exchange,
  path: string,
  principal: Principal,
  settings: DataSettings,
): Promise<Answer> {
  const root = `${settings.publicUrl ?? `http://${exchange.request.headers.host ?? 'localhost'}`}/data/odata`;
  const datasets = settings.current().datasets.latest.filter((dataset) => mayReadDataset(principal, dataset));
  if (path === '') {
    const value = datasets.map(setName).map((name) => ({ name, kind: 'EntitySet', url: name }));
    return jsonAnswer(200, { '@odata.context': `${root}/$metadata`, value }, VERSION);
  }
  if (path === '$metadata') {
    return {
      status: 200,
      headers: { 'content-type': 'application/xml; charset=utf-8', ...VERSION },
      body: metadata(datasets),
    };
  }
  const [, name, count] = /^(\w+)(\/\$count)?$/.exec(path) ?? [];
  const dataset = datasets.find((one) => setName(one) === name);
  if (!dataset) throw refusal(404, ErrorCode.NotFound, 'There is no such dataset, or not for this caller.');
  return rows({ exchange, root, principal, dataset, isCount: count !== undefined }, settings);
}

interface AskedSet {
  readonly exchange: Exchange;
  readonly root: string;
  readonly principal: Principal;
  readonly dataset: Dataset;
  /** Whether only the number of its rows is asked for. */
  readonly isCount: boolean;
}

async function rows(
  { exchange, root, principal, dataset, isCount }: AskedSet,
  settings: DataSettings,
): Promise<Answer> {
  const { options, others } = split(exchange.url.searchParams);
  const { variables } = askedOf(dataset, others);
  const selected = options
    .get('$select')
    ?.split(',')
    .map((name) => columnOf(dataset, name.trim(), '$select'));
  const columns = selected ?? dataset.columns;
  const context = settings.newContext(principal, originOf(exchange));
  const { freshness, today, scope } = context;
  const patience = { waitMs: WAITING_SHARE * settings.requestDeadlineMs, signal: exchange.signal };
  const wishes = { ...noWishes, maxStalenessMs: dataset.maxStalenessMs };
  await settings.makeFresh(dataset.plan.types, wishes, freshness, patience);
  const filter = options.get('$filter');
  const orderBy = options.get('$orderby');
  const top = wholeNumber(options, '$top');
  const skip = wholeNumber(options, '$skip') ?? 0;
  const question = hash(questionHash(dataset, variables, context), ...options.entries().filter(isOfQuestion));
  const page = pageOf(options.get('$skiptoken'), exchange.request.headers.prefer, question);
  const opened = await settings.openExport(
    {
      ...dataset.plan.request(
        dataset.columns.map(({ name, value }) => ({ ...value.column, name })),
        variables,
      ),
      limit: null,
      after: null,
      refined: {
        columns: columns.map(({ name }) => name),
        where: filter === undefined ? [] : filterOf(dataset, filter),
        orderBy: orderBy === undefined ? [] : orderOf(dataset, orderBy),
        ...(isCount ? { top: 0, skip: 0 } : page ? page.within(top, skip) : { top, skip }),
        counted: isCount || options.get('$count') === 'true',
      },
    },
    { today, scope },
    exchange.signal,
  );
  const data = dataHash(
    dataset.plan.types.map((type) => opened.versions.get(type) ?? ''),
    dataset.plan.dependsOnDay ? today : null,
  );
  try {
    page?.judge(data);
    if (isCount) {
      opened.close();
      const headers = { 'content-type': 'text/plain; charset=utf-8', ...answerHeaders(freshness), ...VERSION };
      return { status: 200, headers, body: String(opened.count) };
    }
    const isGzipped = takesGzip(json, exchange.request.headers['accept-encoding']);
    const projected = selected ? `(${columns.map(({ name }) => name).join(',')})` : '';
    const sent = counted(opened.rows);
    const parts = json.write(sent.rows, {
      dataset,
      bom: false,
      safe: false,
      before: {
        '@odata.context': `${root}/$metadata#${setName(dataset)}${projected}`,
        ...(opened.count === null ? {} : { '@odata.count': opened.count }),
      },
      behind: () => {
        const token = page?.next(sent.count(), top, data) ?? null;
        return token === null ? {} : { '@odata.nextLink': further(root, dataset, exchange.url, token) };
      },
    });
    const body = await begun(parts, settings.requestDeadlineMs);
    return {
      status: 200,
      headers: {
        'content-type': 'application/json;odata.metadata=minimal;IEEE754Compatible=true;charset=utf-8',
        ...answerHeaders(freshness),
        ...VERSION,
        ...(page ? { 'preference-applied': `odata.maxpagesize=${page.size}` } : {}),
        ...(isGzipped ? { 'content-encoding': 'gzip' } : {}),
      },
      body: isGzipped ? gzipped(body) : body,
      parts: opened.signal,
    };
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** A later page is of the same question as the first. */
const isOfQuestion = ([name]: [string, string]): boolean => name !== '$skiptoken' && name !== '$count';

/** The same address, of the rows behind this page's. */
function further(root: string, dataset: Dataset, { searchParams }: URL, token: string): string {
  const query = new URLSearchParams(searchParams);
  query.set('$skiptoken', token);
  return `${root}/${setName(dataset)}?${query}`;
}

/** OData's own options, and what belongs to the dataset. */
function split(query: URLSearchParams) {
  const options = new Map<string, string>();
  const others = new URLSearchParams();
  for (const [name, value] of query) {
    if (!name.startsWith('$')) others.append(name, value);
    else if (!OPTIONS.includes(name) || options.has(name)) {
      throw refusal(400, ErrorCode.BadUserInput, `${name}: there are ${OPTIONS.join(', ')}, each once.`);
    } else options.set(name, value);
  }
  const format = options.get('$format') ?? 'json';
  if (!/^(json|application\/json(;.*)?)$/.test(format))
    throw refusal(406, ErrorCode.BadUserInput, '$format: only json.');
  return { options, others };
}

function wholeNumber(options: ReadonlyMap<string, string>, name: string): number | null {
  const text = options.get(name);
  if (text === undefined) return null;
  if (!/^\d{1,15}$/.test(text)) throw refusal(400, ErrorCode.BadUserInput, `${name}: a whole number.`);
  return Number(text);
}
