/**
 * How a dataset is read by the tools people have, as texts to copy.
 *
 * They name the version, so that a report goes on as it was written when there is a newer one. What is a code stays a
 * text: a tool that guesses types makes 42 of 00042. No text holds a credential; where the caller sent one, it says
 * where one's own is put.
 */
import type { Column, Dataset } from './dataset.ts';
import { setName } from './odata-metadata.ts';

/** Who reads the recipe, and from where. */
export interface Reader {
  /** Of this server, without a slash at its end. */
  readonly origin: string;
  readonly needsCredential: boolean;
}

export interface Recipe {
  readonly title: string;
  readonly text: string;
}

/** What the address must say, by its examples. */
export const neededParameters = ({ parameters }: Dataset): URLSearchParams =>
  new URLSearchParams(
    parameters.filter(({ isRequired }) => isRequired).map(({ name, example }) => [name, example ?? '']),
  );

export function recipesFor(dataset: Dataset, { origin, needsCredential }: Reader): readonly Recipe[] {
  const { name, version } = dataset.description;
  const file = (format: string, more: Readonly<Record<string, string>> = {}): File => {
    const query = neededParameters(dataset);
    for (const [parameter, value] of Object.entries(more)) query.set(parameter, value);
    const path = `data/${name}@${version}.${format}`;
    return {
      dataset,
      needsCredential,
      origin,
      path,
      query,
      url: `${origin}/${path}${query.size > 0 ? `?${query}` : ''}`,
    };
  };
  // Formulas are made harmless for spreadsheets; these readers run none.
  const csv = file('csv', { safe: '0' });
  return [
    { title: 'Power BI and Excel (Power Query M)', text: powerQuery(csv) },
    { title: 'OData (Power Query M; Tableau takes its address)', text: odataFeed(csv) },
    { title: 'Tableau (REST API Connector)', text: tableau(csv) },
    { title: 'Grafana (Infinity)', text: grafana(file('json')) },
    { title: 'DuckDB', text: duckdb(file('parquet')) },
    { title: 'pandas', text: pandas(csv) },
    { title: 'curl', text: curl(file('csv'), `${name}.csv`) },
  ];
}

interface File extends Reader {
  readonly dataset: Dataset;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly url: string;
}

const M_TYPES: Readonly<Record<string, string>> = {
  Int: 'Int64.Type',
  BigInt: 'Int64.Type',
  Float: 'type number',
  Decimal: 'type number',
  Boolean: 'type logical',
  Date: 'type date',
  DateTime: 'type datetimezone',
};

/** The host is constant and the rest beside it: a refresh in the Power BI service allows nothing else. */
function powerQuery({ dataset: { columns }, origin, path, query, needsCredential }: File): string {
  const fields = [...query].map(([name, value]) => `${quotedForM.name(name)} = ${quotedForM.text(value)}`);
  const types = columns.map(({ name, type }) => `    {${quotedForM.text(name)}, ${M_TYPES[type] ?? 'type text'}}`);
  return [
    ...(needsCredential ? ['// Credentials: Basic, any user, the API key as password.'] : []),
    'let',
    '  Source = Csv.Document(',
    '    Web.Contents(',
    `      ${quotedForM.text(origin)},`,
    `      [RelativePath = ${quotedForM.text(path)}, Query = [${fields.join(', ')}]]`,
    '    ),',
    '    [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]',
    '  ),',
    '  Named = Table.PromoteHeaders(Source, [PromoteAllScalars = true]),',
    '  Nulls = Table.ReplaceValue(Named, "", null, Replacer.ReplaceValue, Table.ColumnNames(Named)),',
    '  Rows = Table.TransformColumnTypes(Nulls, {',
    types.join(',\n'),
    '  }, "en-US")',
    'in',
    '  Rows',
  ].join('\n');
}

/** Filters, columns and numbers of rows that the tool asks for are asked of the server. */
const odataFeed = ({ dataset, origin, needsCredential }: File): string =>
  [
    ...(needsCredential ? ['// Credentials: Basic, any user, the API key as password.'] : []),
    'let',
    `  Feed = OData.Feed(${quotedForM.text(`${origin}/data/odata/`)}, null, [Implementation = "2.0"]),`,
    `  Rows = Feed{[Name = ${quotedForM.text(setName(dataset))}, Signature = "table"]}[Data]`,
    'in',
    '  Rows',
  ].join('\n');

const tableau = ({ url, needsCredential }: File): string =>
  [
    `URL: ${url}`,
    'Method: GET',
    'Format: CSV, with a header',
    `Authentication: ${needsCredential ? 'Basic, any user, the API key as password' : 'none'}`,
  ].join('\n');

const GRAFANA_TYPES: Readonly<Record<string, string>> = {
  Int: 'number',
  BigInt: 'number',
  Float: 'number',
  Decimal: 'number',
  Boolean: 'boolean',
  Date: 'timestamp',
  DateTime: 'timestamp',
};

/** The query of a panel; the credential is the data source's. */
const grafana = ({ dataset: { columns }, url }: File): string =>
  JSON.stringify(
    {
      type: 'json',
      parser: 'backend',
      source: 'url',
      format: 'table',
      url,
      url_options: { method: 'GET' },
      root_selector: 'value',
      columns: columns.map(({ name, type }) => ({ selector: name, text: name, type: GRAFANA_TYPES[type] ?? 'string' })),
    },
    null,
    2,
  );

/** By way of a file, which DuckDB reads without an extension. */
function duckdb(file: File): string {
  const name = `${file.dataset.description.name}.parquet`;
  return `${curl(file, name)}\nduckdb -c "select * from '${name}' limit 10"`;
}

const PANDAS_NUMBERS = new Set(['Int', 'BigInt', 'Float', 'Decimal', 'Boolean', 'Date', 'DateTime']);

function pandas({ dataset: { columns }, url, needsCredential }: File): string {
  const named = (these: readonly Column[]) => these.map(({ name }) => JSON.stringify(name));
  const texts = named(columns.filter(({ type }) => !PANDAS_NUMBERS.has(type)));
  const times = named(columns.filter(({ type }) => type === 'Date' || type === 'DateTime'));
  return [
    ...(needsCredential ? ['import os'] : []),
    'import pandas as pd',
    '',
    'rows = pd.read_csv(',
    `    ${JSON.stringify(url)},`,
    `    dtype={${texts.map((name) => `${name}: "string"`).join(', ')}},`,
    `    parse_dates=[${times.join(', ')}],`,
    ...(needsCredential ? [`    storage_options={"Authorization": "Bearer " + os.environ["SKIFF_TOKEN"]},`] : []),
    ')',
  ].join('\n');
}

const curl = ({ url, needsCredential }: File, name: string): string =>
  [
    `curl -f ${quotedForShell(url)}`,
    ...(needsCredential ? ['-H "authorization: Bearer $SKIFF_TOKEN"'] : []),
    `-o ${quotedForShell(name)}`,
  ].join(' \\\n  ');

const quotedForShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const quotedForM = {
  text: (text: string): string => `"${text.replaceAll('#(', '#(#)(').replaceAll('"', '""')}"`,
  /** A name that may hold anything. */
  name: (name: string): string => `#${quotedForM.text(name)}`,
};
