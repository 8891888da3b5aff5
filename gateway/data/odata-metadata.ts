/**
 * `$metadata` of the OData feed: what each dataset's rows are, for clients that ask before they read.
 *
 * OData's names are words without a hyphen, which datasets' names may have. Clients are told which functions a filter may
 * use, none, so that they apply them to the rows themselves.
 */
import type { Column, Dataset } from './dataset.ts';

export const setName = ({ description }: Dataset): string => description.name.replaceAll('-', '_');

const EDM: Readonly<Record<string, string>> = {
  Int: 'Edm.Int32',
  BigInt: 'Edm.Int64',
  Float: 'Edm.Double',
  Decimal: 'Edm.Decimal',
  Boolean: 'Edm.Boolean',
  Date: 'Edm.Date',
  DateTime: 'Edm.DateTimeOffset',
};

const NO_FUNCTIONS = '<Annotation Term="Org.OData.Capabilities.V1.FilterFunctions"><Collection/></Annotation>';

export function metadata(datasets: readonly Dataset[]): string {
  const types = datasets.map((dataset) => {
    const { columns } = dataset;
    const key = columns.some(({ name }) => name === 'id') ? '<Key><PropertyRef Name="id"/></Key>' : '';
    return `<EntityType Name="${setName(dataset)}">${key}${columns.map(property).join('')}</EntityType>`;
  });
  const sets = datasets.map(setName).map((name) => `<EntitySet Name="${name}" EntityType="skiff.${name}"/>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="skiff" xmlns="http://docs.oasis-open.org/odata/ns/edm">
${types.join('\n')}
<EntityContainer Name="data">${sets.join('')}${NO_FUNCTIONS}</EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`;
}

function property({ name, type, value }: Column): string {
  const nullable = value.isNullable ? '' : ' Nullable="false"';
  const digits = type === 'Decimal' ? ' Scale="variable"' : type === 'DateTime' ? ' Precision="6"' : '';
  return `<Property Name="${name}" Type="${EDM[type] ?? 'Edm.String'}"${nullable}${digits}/>`;
}
