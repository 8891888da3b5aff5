/**
 * The datasets as an OData v4 feed, which Excel, Power BI and Tableau read by themselves.
 *
 *     /data/odata/             the datasets as entity sets
 *     /data/odata/$metadata    their columns and types
 *     /data/odata/<name>       rows: $select $filter $orderby $top $skip $count
 *
 * It reads and does no more. A dataset's own parameters may stand beside the options.
 */
import { ErrorCode } from '../../runtime/errors.ts';
import type { Principal } from '../../subgraphs/principal.ts';
import { noWishes } from '../../subgraphs/wishes.ts';
import { answerHeaders } from '../fresh-execution.ts';
import { type Answer, type Exchange, json, originOf } from '../http-server.ts';
import { refusal } from '../refusal.ts';
import { type Column, type Dataset, mayReadDataset } from './dataset.ts';
import { begun } from './first-part.ts';
import { formats } from './formats.ts';
import { columnOf, filterOf, orderOf } from './odata-filter.ts';
import { askedOf } from './parameters.ts';
import type { DataSettings } from './settings.ts';

const VERSION = {
  'odata-version': '4.0',
  vary: 'Origin, Authorization, X-API-Key',
  'cache-control': 'private, no-cache',
};
const OPTIONS = ['$select', '$filter', '$orderby', '$top', '$skip', '$count', '$format'];
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
    const value = datasets.map(({ description: { name } }) => ({ name, kind: 'EntitySet', url: name }));
    return json(200, { '@odata.context': `${root}/$metadata`, value }, VERSION);
  }
  if (path === '$metadata') {
    return {
      status: 200,
      headers: { 'content-type': 'application/xml; charset=utf-8', ...VERSION },
      body: metadata(datasets),
    };
  }
  const dataset = datasets.find(({ description }) => description.name === path);
  if (!dataset) throw refusal(404, ErrorCode.NotFound, 'There is no such dataset, or not for this caller.');
  return rows(exchange, root, principal, dataset, settings);
}

async function rows(
  exchange: Exchange,
  root: string,
  principal: Principal,
  dataset: Dataset,
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
        top: wholeNumber(options, '$top'),
        skip: wholeNumber(options, '$skip') ?? 0,
        counted: options.get('$count') === 'true',
      },
    },
    { today, scope },
    exchange.signal,
  );
  try {
    const projected = selected ? `(${columns.map(({ name }) => name).join(',')})` : '';
    const parts = formats.get('json')?.write(opened.rows, {
      dataset,
      bom: false,
      safe: false,
      before: {
        '@odata.context': `${root}/$metadata#${dataset.description.name}${projected}`,
        ...(opened.count === null ? {} : { '@odata.count': opened.count }),
      },
      behind: {},
    });
    if (!parts) throw new TypeError('There is no JSON');
    return {
      status: 200,
      headers: {
        'content-type': 'application/json;odata.metadata=minimal;IEEE754Compatible=true;charset=utf-8',
        ...answerHeaders(freshness),
        ...VERSION,
      },
      body: await begun(parts, settings.requestDeadlineMs),
      parts: opened.signal,
    };
  } catch (error) {
    opened.close();
    throw error;
  }
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

const EDM: Readonly<Record<string, string>> = {
  Int: 'Edm.Int32',
  BigInt: 'Edm.Int64',
  Float: 'Edm.Double',
  Decimal: 'Edm.Decimal',
  Boolean: 'Edm.Boolean',
  Date: 'Edm.Date',
  DateTime: 'Edm.DateTimeOffset',
};

function metadata(datasets: readonly Dataset[]): string {
  const types = datasets.map(({ description, columns }) => {
    const key = columns.some(({ name }) => name === 'id') ? '<Key><PropertyRef Name="id"/></Key>' : '';
    return `<EntityType Name="${description.name}">${key}${columns.map(property).join('')}</EntityType>`;
  });
  const sets = datasets.map(({ description: { name } }) => `<EntitySet Name="${name}" EntityType="skiff.${name}"/>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="skiff" xmlns="http://docs.oasis-open.org/odata/ns/edm">
${types.join('\n')}
<EntityContainer Name="data">${sets.join('')}</EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`;
}

function property({ name, type, value }: Column): string {
  const nullable = value.isNullable ? '' : ' Nullable="false"';
  const digits = type === 'Decimal' ? ' Scale="variable"' : type === 'DateTime' ? ' Precision="6"' : '';
  return `<Property Name="${name}" Type="${EDM[type] ?? 'Edm.String'}"${nullable}${digits}/>`;
}
