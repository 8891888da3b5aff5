/**
 * What a dataset's document comes down to: one flat list, its rows' values as columns, and how both are exported.
 *
 * Only what stays a table whatever the rows are is taken: values of the list's own rows and of rows they refer to by one.
 * A list within a row would multiply it.
 */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getArgumentValues,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import type { ExportColumn, ExportRequest } from '../replica/exports.ts';
import { dependsOnDay, type FlatField, type FlatSchema, type FlatType } from '../replica/flat-type.ts';
import type { AskedReference, AskedRow } from '../replica/read.ts';
import { rootFields } from '../schema/names.ts';
import { pageArguments } from './compiled/root.ts';
import { type Collected, collect, type Fragments } from './selection.ts';

export type {
  Export,
  ExportForm,
  Framing,
  OpenExport,
  RefinedOrder,
  RefinedWhere,
} from '../replica/exports.ts';

export interface DatasetSettings {
  /** As clients see it. */
  readonly schema: GraphQLSchema;
  readonly flat: FlatSchema;
  /** Subgraphs whose read models are in this process's database. */
  readonly inProcess: ReadonlySet<string>;
}

/** One value of a row. */
export interface DatasetValue {
  /** The response keys that lead to it, with points between. */
  readonly path: string;
  readonly field: FlatField;
  readonly description: string;
  readonly isNullable: boolean;
  readonly column: Omit<ExportColumn, 'name'>;
}

export interface DatasetPlan {
  readonly type: FlatType;
  /** All types it names. */
  readonly types: readonly string[];
  readonly values: readonly DatasetValue[];
  /** Whether an answer of tomorrow may differ though no row has changed. */
  readonly dependsOnDay: boolean;
  /** Names of the variables that only say which page. */
  readonly pageVariables: readonly string[];
  /** To be exported as these columns; for variables that GraphQL has coerced. */
  request(
    columns: readonly ExportColumn[],
    variables: Readonly<Record<string, unknown>>,
  ): Pick<ExportRequest, 'asked' | 'types' | 'columns' | 'filter' | 'orderBy'>;
}

/** The document is good, and no dataset. */
export class NoDataset extends Error {}

/** The dataset is good, and another process's: its rows are in no database of this one. */
export class DatasetElsewhere extends Error {}

export function planDataset(
  settings: DatasetSettings,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): DatasetPlan {
  refuseConditions(operation, fragments);
  const [root, second] = collect([operation.selectionSet], fragments, {});
  const type = settings.flat.types.find(({ name }) => rootFields(name).many === root?.field.name.value);
  const definition = settings.schema.getQueryType()?.getFields()[root?.field.name.value ?? ''];
  if (!root || second || !type || !definition)
    throw new NoDataset('must ask for one list of a flat type, and nothing else');
  const nodes = nodesOf(root, fragments);
  const found = new RowPlan(settings, fragments, type, []);
  found.read(nodes.selections, '');
  return {
    type,
    types: [...found.types],
    values: found.values,
    dependsOnDay: settings.flat.types.some((one) => found.types.has(one.name) && dependsOnDay(one)),
    pageVariables: pageVariables(root.field),
    request(columns, variables) {
      const { filter, orderBy } = argumentsOf(definition, root.field, variables);
      return { asked: found.asked, types: [...found.types], columns, filter, orderBy };
    },
  };
}

const argumentsOf = (
  definition: GraphQLField<unknown, unknown>,
  field: FieldNode,
  variables: Readonly<Record<string, unknown>>,
) => pageArguments(getArgumentValues(definition, field, variables));

function refuseConditions(operation: OperationDefinitionNode, fragments: Fragments): void {
  for (const definition of [operation, ...fragments.values()]) {
    visit(definition, {
      Directive({ name }) {
        throw new NoDataset(`has the same columns always: without @${name.value}`);
      },
    });
  }
}

function nodesOf({ selections }: Collected, fragments: Fragments): Collected {
  const within = collect(selections, fragments, {});
  const other = within.find(({ field }) => !['nodes', 'pageInfo', 'totalCount'].includes(field.name.value));
  if (other) throw new NoDataset(`${other.key} is not served: the rows are those of nodes`);
  const nodes = within.filter(({ field }) => field.name.value === 'nodes');
  const [found, second] = nodes;
  if (!found || second) throw new NoDataset('must ask for nodes, once: they are the rows');
  return found;
}

/** Through GraphQL the dataset is read page by page. */
function pageVariables(field: FieldNode): string[] {
  return (field.arguments ?? []).flatMap(({ name, value }) => {
    if (name.value === 'filter' || name.value === 'orderBy') return [];
    const isPage = (name.value === 'first' || name.value === 'after') && value.kind === Kind.VARIABLE;
    if (!isPage) throw new NoDataset(`${name.value}: only first and after say which page, each by a variable`);
    return [value.name.value];
  });
}

/** Collects what is asked of one row and of those it refers to. */
class RowPlan {
  readonly values: DatasetValue[] = [];
  readonly types = new Set<string>();
  readonly asked: AskedRow;
  readonly #settings: DatasetSettings;
  readonly #fragments: Fragments;
  readonly #type: FlatType;
  readonly #through: readonly number[];
  readonly #fields: string[] = [];
  readonly #references: AskedReference[] = [];

  constructor(settings: DatasetSettings, fragments: Fragments, type: FlatType, through: readonly number[]) {
    if (!settings.inProcess.has(type.subgraph)) throw new DatasetElsewhere(type.subgraph);
    this.#settings = settings;
    this.#fragments = fragments;
    this.#type = type;
    this.#through = through;
    this.asked = { type: type.name, fields: this.#fields, references: this.#references };
    this.types.add(type.name);
  }

  read(selections: readonly SelectionSetNode[], before: string): void {
    for (const collected of collect(selections, this.#fragments, {})) {
      const name = collected.field.name.value;
      const path = `${before}${collected.key}`;
      const field = this.#type.fields.find((one) => one.name === name);
      if (field) this.#value(path, field);
      else this.#reference(path, name, collected);
    }
  }

  #value(path: string, field: FlatField): void {
    const known = this.#fields.indexOf(field.name);
    const at = field.name === 'id' ? 'id' : known < 0 ? this.#fields.push(field.name) - 1 : known;
    const type = this.#settings.schema.getType(this.#type.name);
    const declared = isObjectType(type) ? type.getFields()[field.name] : undefined;
    this.values.push({
      path,
      field,
      description: declared?.description ?? '',
      isNullable: field.nullable || this.#through.length > 0,
      column: { through: this.#through, at, field },
    });
  }

  #reference(path: string, name: string, { selections }: Collected): void {
    const { flat, inProcess } = this.#settings;
    const reference = flat.references.find((one) => one.from === this.#type.name && one.name === name);
    const target = flat.types.find((type) => type.name === reference?.to);
    if (!reference || !target || reference.cardinality === 'many') {
      throw new NoDataset(`${path} is not one value of a row`);
    }
    if (!inProcess.has(reference.subgraph)) throw new DatasetElsewhere(reference.subgraph);
    const through = [...this.#through, this.#references.length];
    const row = new RowPlan(this.#settings, this.#fragments, target, through);
    this.#references.push({ cardinality: 'one', by: reference.by, row: row.asked });
    row.read(selections, `${path}.`);
    this.values.push(...row.values);
    for (const type of row.types) this.types.add(type);
  }
}
