/**
 * The SDL that people write: `directives.graphql`, `scalars.graphql` and one file per subgraph.
 *
 * A file's name is its subgraph's. What stands in it is checked as SDL here (syntax, directives and their
 * arguments, types that exist); what the directives mean is `flat-schema.ts`'s.
 */
import { readdirSync, readFileSync } from 'node:fs';
import {
  concatAST,
  type DirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  GraphQLError,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  Source,
  type TypeNode,
} from 'graphql';
import { validateSDL } from 'graphql/validation/validate.js';

export interface AuthoredSubgraph {
  readonly name: string;
  readonly document: DocumentNode;
}

/** A subgraph that declares root fields of its own has resolvers of its own, and no flat types. */
export const isProgrammed = ({ document }: AuthoredSubgraph): boolean =>
  document.definitions.some((definition) => definition.kind === Kind.OBJECT_TYPE_EXTENSION);

export interface AuthoredSchema {
  readonly scalars: DocumentNode;
  readonly subgraphs: readonly AuthoredSubgraph[];
}

/** Everything that is wrong with the SDL, each with file, type and field. */
export class SchemaError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The schema has ${problems.length === 1 ? 'a fault' : `${problems.length} faults`}:\n${problems.join('\n')}`);
    this.name = new.target.name;
    this.problems = problems;
  }
}

const NOT_SUBGRAPHS = new Set(['directives', 'scalars', 'supergraph', 'api']);

/** What federation's directives and the root type are to a subgraph by itself; composition knows them in full. */
const FEDERATION = parse(/* graphql */ `
  directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT
  directive @shareable on OBJECT
  directive @listSize(
    assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean
  ) on FIELD_DEFINITION
  type Query { unused: Boolean }
`);

/** The SDL of this folder, or of another that is laid out the same. */
export function readAuthoredSchema(folder: URL = new URL('./', import.meta.url)): AuthoredSchema {
  const problems: string[] = [];
  const read = (name: string): DocumentNode => {
    const file = `schema/${name}.graphql`;
    try {
      return parse(new Source(readFileSync(new URL(`${name}.graphql`, folder), 'utf8'), file));
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      problems.push(`${placeOf(error)}: ${error.message}`);
      return { kind: Kind.DOCUMENT, definitions: [] };
    }
  };

  const directives = read('directives');
  const scalars = read('scalars');
  const subgraphs = readdirSync(folder)
    .filter((file) => file.endsWith('.graphql'))
    .map((file) => file.slice(0, -'.graphql'.length))
    .filter((name) => !NOT_SUBGRAPHS.has(name))
    .sort()
    .map((name) => ({ name, document: read(name) }));

  for (const { document } of subgraphs) {
    for (const error of validateSDL(concatAST([FEDERATION, directives, scalars, document]))) {
      problems.push(`${placeOf(error)}: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new SchemaError(problems);
  return { scalars, subgraphs };
}

/** `schema/shipping.graphql:12, Shipment.number` */
function placeOf(error: GraphQLError): string {
  const line = error.locations?.[0]?.line;
  const file = `${error.source?.name ?? 'schema'}${line === undefined ? '' : `:${line}`}`;
  const position = error.positions?.[0];
  if (position === undefined || !error.source) return file;
  // The definitions around the fault, found again by their place: a validation error carries no path in SDL.
  let named = '';
  try {
    for (const definition of parse(error.source).definitions) {
      if (!('name' in definition) || !definition.name || !encloses(definition, position)) continue;
      named = definition.name.value;
      const fields = 'fields' in definition ? (definition.fields ?? []) : [];
      const field = fields.find((candidate) => encloses(candidate, position));
      if (field) named += `.${field.name.value}`;
    }
  } catch {
    return file; // a syntax error: there are no definitions to name
  }
  return named ? `${file}, ${named}` : file;
}

const encloses = (node: { readonly loc?: { start: number; end: number } }, position: number): boolean =>
  node.loc !== undefined && node.loc.start <= position && position <= node.loc.end;

export const objectTypes = (document: DocumentNode): readonly ObjectTypeDefinitionNode[] =>
  document.definitions.filter((definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION);

export const directive = (
  node: { readonly directives?: readonly DirectiveNode[] },
  name: string,
): DirectiveNode | undefined => node.directives?.find((candidate) => candidate.name.value === name);

/** A text argument of a directive. */
export function argument(node: DirectiveNode | undefined, name: string): string | undefined {
  const value = node?.arguments?.find((candidate) => candidate.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

/** A flat type is declared where it has `@flat`; elsewhere it is a stub that points at it or adds to it. */
export const isFlat = (type: ObjectTypeDefinitionNode): boolean => directive(type, 'flat') !== undefined;

/** Whether a stub adds fields to the entity, and does not only point at it. */
export const contributes = (stub: ObjectTypeDefinitionNode): boolean =>
  (stub.fields ?? []).some((field) => field.name.value !== 'id');

export const isList = (type: TypeNode): boolean =>
  type.kind === Kind.NON_NULL_TYPE ? isList(type.type) : type.kind === Kind.LIST_TYPE;

export const namedType = (type: TypeNode): string =>
  type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);

export const isReference = (field: FieldDefinitionNode): boolean =>
  directive(field, 'ref') !== undefined || directive(field, 'refs') !== undefined;
