/**
 * Every way the schema offers to learn of a row, tried on rows that a caller may not see: by id, in lists, by each filter
 * and order, from a cursor that stands on such a row, through each reference, as an entity, at the gateway's own door.
 */
import {
  type FlatField,
  type FlatReference,
  type FlatSchema,
  type FlatType,
  plantField,
} from '../../replica/flat-type.ts';
import type { FlatRow } from '../../replica/read.ts';
import type { DatasetDescription } from '../../schema/datasets.ts';
import { filterType, orderFieldType, rootFields, screamingCase } from '../../schema/names.ts';
import { TODAY } from '../read-models.ts';

export interface Probe {
  /** The way in. */
  readonly path: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Asked of a subgraph itself, past the gateway. */
  readonly subgraph?: string;
  /** Asked for by an address, and not by a query. */
  readonly address?: string;
  /** A way that is closed to everybody. */
  readonly isClosed?: true;
}

export interface Rows {
  /** Rows the caller may not see, and rows they may. */
  readonly foreign: readonly FlatRow[];
  readonly own: readonly FlatRow[];
}

const MISSING = '987654';
/** So many rows of each kind are asked for one by one. */
const SAMPLES = 3;

export function probesOf(flat: FlatSchema, rowsOf: (type: FlatType) => Rows): Probe[] {
  const types = new Map(flat.types.map((type) => [type.name, type]));
  const guarded = flat.types.filter((type) => plantField(type));
  return [
    ...guarded.flatMap((type) => {
      const rows = rowsOf(type);
      return [
        ...byId(type, rows),
        ...lists(type),
        ...filters(type, rows),
        ...orders(type),
        ...cursors(type, rows),
        ...entities(type, rows),
      ];
    }),
    ...flat.references.flatMap((reference) => {
      const [from, to] = [types.get(reference.from), types.get(reference.to)];
      return from && to && (plantField(from) || plantField(to))
        ? references(flat, reference, from, to, rowsOf(from))
        : [];
    }),
  ];
}

/** Every dataset in every format and as a feed, whole, by pages and by what is foreign; and what the catalogue shows. */
export function datasetProbes(datasets: readonly DatasetDescription[], foreignPlants: readonly string[]): Probe[] {
  const plants = new URLSearchParams(foreignPlants.map((plant) => ['plants', plant])).toString();
  const quoted = foreignPlants.map((plant) => `'${plant}'`).join(',');
  return datasets.flatMap(({ name, parameters }) => {
    const hasPlants = parameters.some((parameter) => parameter.name === 'plants');
    const files = ['csv', 'ndjson', 'json', 'parquet', 'arrow'].map((format) => `.${format}`);
    const pages = ['.csv?limit=1', '.json?limit=3', '.ndjson?limit=1000'];
    const addresses = ['', ...files, ...pages, ...(hasPlants ? [`.ndjson?${plants}`, `.json?limit=2&${plants}`] : [])];
    const options = ['', '?$top=2&$count=true', '?$orderby=id desc&$skip=1', '?$filter=id ne null&$count=true'];
    if (hasPlants && quoted !== '') {
      options.push(`?$filter=plantCode in (${quoted})&$count=true`, `?$filter=plantCode ge ${quoted.slice(0, 4)}`);
    }
    const set = name.replaceAll('-', '_');
    const asked = (path: string, address: string): Probe => ({ path, query: '', variables: {}, address });
    return [
      ...addresses.map((rest) => asked(`/data/${name}`, `/data/${name}${rest}`)),
      ...['', '/$count'].flatMap((path) =>
        options.map((rest) => asked(`/data/odata/${set}`, `/data/odata/${set}${path}${rest}`)),
      ),
    ];
  });
}

const scalars = ({ fields }: FlatType): string => fields.map(({ name }) => name).join(' ');

const some = ({ foreign, own }: Rows): FlatRow[] => [...foreign.slice(0, SAMPLES), ...own.slice(0, SAMPLES)];

function byId(type: FlatType, rows: Rows): Probe[] {
  const { one } = rootFields(type.name);
  const query = `query ($id: ID!) { ${one}(id: $id) { ${scalars(type)} } }`;
  const ids = [...some(rows).map(({ id }) => id), MISSING, `${MISSING}:${MISSING}`, ''];
  return ids.map((id) => ({ path: `Query.${one}`, query, variables: { id } }));
}

function lists(type: FlatType): Probe[] {
  const { many } = rootFields(type.name);
  const around = 'totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
  return ['first: 500', 'first: 3', 'last: 3', 'first: 0'].map((page) => ({
    path: `Query.${many}`,
    query: `{ ${many}(${page}) { ${around} edges { cursor } nodes { ${scalars(type)} } } }`,
    variables: {},
  }));
}

/** Of a value that rows of others have: does anything say that it is there? */
function filters(type: FlatType, { foreign, own }: Rows): Probe[] {
  const { many } = rootFields(type.name);
  const query = `query ($filter: ${filterType(type.name)}!) {
    ${many}(filter: $filter, first: 500) { totalCount pageInfo { hasNextPage endCursor } nodes { id } }
  }`;
  return type.fields.flatMap((field) => {
    const value = valuesOf(foreign, field)[0];
    if (value === undefined) return [];
    return operatorsOf(field, value, valuesOf(own, field)[0]).map((operators) => ({
      path: `${filterType(type.name)}.${field.name}`,
      query,
      variables: { filter: { [field.name]: operators } },
    }));
  });
}

const valuesOf = (rows: readonly FlatRow[], { name, search, filter }: FlatField): unknown[] =>
  rows.flatMap((row) => {
    const value = row[name] ?? null;
    // What can only be searched for needs three characters.
    const isAskable = value !== null && (filter || (search && String(value).length >= 3));
    return isAskable ? [value] : [];
  });

function operatorsOf({ type, values, filter, search }: FlatField, value: unknown, own: unknown): object[] {
  const isOrdered = type !== 'ID' && type !== 'Boolean' && values === undefined;
  return [
    ...(filter ? [{ eq: value }, { in: own === undefined ? [value] : [own, value] }, { isNull: false }] : []),
    ...(filter && isOrdered ? [{ gte: value }, { lte: value }] : []),
    ...(filter && type === 'String' ? [{ startsWith: value }] : []),
    ...(search && String(value).length >= 3 ? [{ contains: value }] : []),
  ];
}

function orders(type: FlatType): Probe[] {
  const { many } = rootFields(type.name);
  return type.fields
    .filter(({ sort }) => sort)
    .flatMap(({ name }) =>
      ['ASC', 'DESC'].flatMap((direction) =>
        ['first', 'last'].map((end) => ({
          path: `${orderFieldType(type.name)}.${screamingCase(name)}`,
          query: `{ ${many}(orderBy: { field: ${screamingCase(name)}, direction: ${direction} }, ${end}: 20) {
            totalCount pageInfo { hasNextPage hasPreviousPage } nodes { id ${name} }
          } }`,
          variables: {},
        })),
      ),
    );
}

/** A cursor is no secret: whoever knows how they are made can stand on any row. */
function cursors(type: FlatType, { foreign }: Rows): Probe[] {
  const { many } = rootFields(type.name);
  const dependsOnDay = [type.where, ...type.fields.map(({ computed }) => computed)].some((sql) =>
    sql?.includes('$today'),
  );
  return foreign.slice(0, SAMPLES).flatMap(({ id }) => {
    const cursor = Buffer.from(JSON.stringify([type.name, '', dependsOnDay ? TODAY : null, null, id])).toString(
      'base64url',
    );
    return ['first: 5, after', 'last: 5, before'].map((place) => ({
      path: `Query.${many}(${place.split(' ')[2]}:)`,
      query: `query ($cursor: String!) { ${many}(${place}: $cursor) { pageInfo { hasNextPage hasPreviousPage } nodes { id } } }`,
      variables: { cursor },
    }));
  });
}

function entities(type: FlatType, rows: Rows): Probe[] {
  const representations = [...some(rows).map(({ id }) => id), MISSING].map((id) => ({ __typename: type.name, id }));
  const query = `query ($representations: [_Any!]!) {
    _entities(representations: $representations) { ... on ${type.name} { ${scalars(type)} } }
  }`;
  return [
    { path: `_entities(${type.name})`, query, variables: { representations }, subgraph: type.subgraph },
    { path: `_entities(${type.name}) at the gateway`, query, variables: { representations }, isClosed: true },
  ];
}

/** From the rows of one type to those of the other, and from there to all they lead to. */
function references(flat: FlatSchema, reference: FlatReference, from: FlatType, to: FlatType, rows: Rows): Probe[] {
  const { one, many } = rootFields(from.name);
  const path = `${from.name}.${reference.name}`;
  const further = flat.references
    .filter((next) => next.from === to.name && (reference.cardinality === 'one' || next.cardinality === 'one'))
    .map(({ name }) => `${name} { __typename id }`)
    .join(' ');
  const beyond = `query ($id: ID!) { ${one}(id: $id) { id ${reference.name} { __typename id ${further} } } }`;
  return [
    { path, query: `{ ${many}(first: 60) { nodes { id ${reference.name} { ${scalars(to)} } } } }`, variables: {} },
    ...some(rows).map(({ id }) => ({ path, query: beyond, variables: { id } })),
  ];
}
