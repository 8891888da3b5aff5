/**
 * The datasets of a deployment: each description held against its document and the schema. Where they do not agree the
 * deployment is refused, with the file's name; who reads a dataset is promised what the description says.
 */
import { createHash } from 'node:crypto';
import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputType,
  isLeafType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  print,
  typeFromAST,
} from 'graphql';
import type { FlatSchema } from '../../replica/flat-type.ts';
import type { DatasetColumn, DatasetDescription, DatasetParameter } from '../../schema/datasets.ts';
import {
  DatasetElsewhere,
  type DatasetPlan,
  type DatasetValue,
  NoDataset,
  planDataset,
} from '../../subgraphs/dataset.ts';
import { mayRead, type Principal } from '../../subgraphs/principal.ts';
import type { Documents } from '../documents.ts';
import type { PersistedDocuments } from '../persisted-documents.ts';
import { Refusal } from '../refusal.ts';

export interface Column extends DatasetColumn {
  readonly value: DatasetValue;
}

export interface Parameter extends DatasetParameter {
  readonly input: GraphQLInputType;
  readonly isRequired: boolean;
}

export interface Dataset {
  readonly description: DatasetDescription;
  readonly columns: readonly Column[];
  readonly parameters: readonly Parameter[];
  /** Subgraphs it reads from. */
  readonly subgraphs: readonly string[];
  readonly plan: DatasetPlan;
  readonly maxStalenessMs: number | null;
  /** Changes with anything about it. */
  readonly fingerprint: string;
  /** Throws a refusal. */
  variablesFor(given: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

export interface DeployedDatasets {
  /** The latest versions, by name. */
  readonly latest: readonly Dataset[];
  /** Undefined when there is none; the latest version unless one is named. */
  find(name: string, version: number | null): Dataset | undefined;
  /** Named at start: their rows are in another process's database. */
  readonly elsewhere: readonly string[];
}

export interface DatasetSources {
  readonly schema: GraphQLSchema;
  readonly flat: FlatSchema;
  readonly inProcess: ReadonlySet<string>;
  readonly documents: Documents;
  readonly persisted: PersistedDocuments;
}

/** Whoever may read all it is made of, and whoever was given it by name. */
export const mayReadDataset = (principal: Principal, { description, subgraphs }: Dataset): boolean =>
  principal.scopes.has(`dataset:${description.name}`) ||
  principal.scopes.has('dataset:*') ||
  subgraphs.every((subgraph) => mayRead(principal, subgraph));

/** @param problems where what is wrong is added */
export function deployDatasets(
  described: readonly DatasetDescription[],
  sources: DatasetSources,
  problems: string[],
): DeployedDatasets {
  const elsewhere: string[] = [];
  const all = described.flatMap((description) => {
    try {
      return [datasetOf(description, sources)];
    } catch (error) {
      if (error instanceof DatasetElsewhere) elsewhere.push(description.name);
      else problems.push(...faultsOf(error).map((fault) => `${description.file}: ${fault}`));
      return [];
    }
  });
  const newestFirst = all.toSorted((one, other) => other.description.version - one.description.version);
  const latest = new Map(newestFirst.toReversed().map((dataset) => [dataset.description.name, dataset]));
  return {
    latest: [...latest.values()].toSorted((one, other) => (one.description.name < other.description.name ? -1 : 1)),
    find: (name, version) =>
      version === null
        ? latest.get(name)
        : all.find(({ description }) => description.name === name && description.version === version),
    elsewhere,
  };
}

function faultsOf(error: unknown): readonly string[] {
  if (error instanceof Disagreement) return error.faults;
  if (error instanceof NoDataset) return [`its document ${error.message}`];
  if (error instanceof Refusal) return error.errors.map(({ message }) => message);
  throw error;
}

class Disagreement extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults[0]);
    this.faults = faults;
  }
}

function datasetOf(description: DatasetDescription, sources: DatasetSources): Dataset {
  const { schema, flat, documents, persisted } = sources;
  const registered = persisted.find(description.document);
  if (!registered) throw new Disagreement([`no document of the name ${description.document} is registered`]);
  const { good, maxStalenessMs } = registered;
  const operation = documents.operationOf(good, undefined);
  const plan = planDataset(sources, operation, good.fragments);
  const faults: string[] = [];
  const parameters = parametersOf(description, operation, plan, schema, faults);
  const columns = columnsOf(description, plan, faults);
  if (faults.length > 0) throw new Disagreement(faults);
  const subgraphOf = new Map(flat.types.map(({ name, subgraph }) => [name, subgraph]));
  return {
    description,
    columns,
    parameters,
    subgraphs: [...new Set(plan.types.map((type) => subgraphOf.get(type) ?? ''))],
    plan,
    maxStalenessMs: description.maxStalenessMs ?? maxStalenessMs,
    fingerprint: createHash('sha256')
      .update(JSON.stringify([description, print(good.document)]))
      .digest('base64url'),
    variablesFor: (given) => documents.variablesFor(operation, given),
  };
}

function parametersOf(
  { parameters }: DatasetDescription,
  operation: OperationDefinitionNode,
  { pageVariables }: DatasetPlan,
  schema: GraphQLSchema,
  faults: string[],
): Parameter[] {
  const described = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const found = (operation.variableDefinitions ?? []).flatMap((definition) => {
    const name = definition.variable.name.value;
    if (pageVariables.includes(name)) return [];
    const [parameter, type, input] = [
      described.get(name),
      print(definition.type),
      typeFromAST(schema, definition.type),
    ];
    described.delete(name);
    if (!parameter) faults.push(`the variable $${name} is not described among the parameters`);
    if (!parameter || !isInputType(input)) return [];
    if (parameter.type !== type) faults.push(`parameter ${name} is said to be ${parameter.type} and is ${type}`);
    if (!isLeafType(getNamedType(input)) || isNested(input)) {
      faults.push(`parameter ${name} is ${type}, which an address cannot say: only single values and lists of them`);
    }
    return [{ ...parameter, input, isRequired: isNonNullType(input) && !definition.defaultValue }];
  });
  for (const name of described.keys()) faults.push(`parameter ${name} is no variable of the document`);
  return found;
}

function isNested(input: GraphQLInputType): boolean {
  const list = getNullableType(input);
  return isListType(list) && isListType(getNullableType(list.ofType));
}

function columnsOf({ columns }: DatasetDescription, { values }: DatasetPlan, faults: string[]): Column[] {
  const unnamed = new Map(values.map((value) => [value.path, value]));
  const names = new Set<string>();
  const found = columns.flatMap((column): Column[] => {
    const path = column.path ?? column.name;
    const value = values.find((one) => one.path === path);
    unnamed.delete(path);
    if (names.has(column.name.toLowerCase())) faults.push(`there are two columns named ${column.name}`);
    names.add(column.name.toLowerCase());
    if (!value) faults.push(`column ${column.name}: the document asks for no value at ${path}`);
    else if (value.field.type !== column.type) {
      faults.push(`column ${column.name} is said to be ${column.type} and is ${value.field.type}`);
    }
    if (column.scale !== undefined && column.type !== 'Decimal')
      faults.push(`column ${column.name}: only a Decimal has a scale`);
    return value ? [{ ...column, value }] : [];
  });
  for (const path of unnamed.keys()) faults.push(`the value at ${path} is no column`);
  return found;
}
