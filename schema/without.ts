/**
 * The schema of a deployment whose connector lacks read models: their types are left out, and with them
 * every field that leads to one, so that what is offered can be answered.
 */
import {
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  visit,
} from 'graphql';
import {
  type AuthoredSchema,
  type AuthoredSubgraph,
  contributes,
  isFlat,
  isProgrammed,
  isReference,
  namedType,
  objectTypes,
} from './authored.ts';

export interface Reduced {
  readonly authored: AuthoredSchema;
  /** What is not there: `PeriodCost`, `SalesOrder.invoices` … */
  readonly leftOut: readonly string[];
}

export function without(authored: AuthoredSchema, missingTypes: readonly string[]): Reduced {
  if (missingTypes.length === 0) return { authored, leftOut: [] };
  const missing = new Set(missingTypes);
  const leftOut: string[] = [];
  const subgraphs = authored.subgraphs.flatMap((subgraph): AuthoredSubgraph[] => {
    const { name, document } = subgraph;
    const leads = isProgrammed(subgraph) ? () => true : isReference;
    const kept = document.definitions.flatMap((definition): DefinitionNode[] => {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [definition];
      if (!missing.has(definition.name.value)) return [withoutFields(definition, missing, leads, leftOut)];
      if (isFlat(definition)) leftOut.push(definition.name.value);
      return [];
    });
    const reduced = withoutLooseEnds({ ...document, definitions: kept });
    const answers = objectTypes(reduced).some((type) => isFlat(type) || contributes(type));
    return answers ? [{ name, document: reduced }] : [];
  });
  return { authored: { ...authored, subgraphs }, leftOut };
}

function withoutFields(
  type: ObjectTypeDefinitionNode,
  missing: ReadonlySet<string>,
  leads: (field: FieldDefinitionNode) => boolean,
  leftOut: string[],
): ObjectTypeDefinitionNode {
  const fields = type.fields?.filter((field) => {
    const isLost = leads(field) && missing.has(namedType(field.type));
    if (isLost) leftOut.push(`${type.name.value}.${field.name.value}`);
    return !isLost;
  });
  const rest = { ...type, ...(fields ? { fields } : {}) };
  if (isFlat(type) || contributes(rest)) return rest;
  return { ...rest, directives: POINTER };
}

/** What marks a stub that only points at an entity: nothing of it is resolved here. */
const POINTER = objectTypes(parse('type Stub @key(fields: "id", resolvable: false) { id: ID! }'))[0]?.directives ?? [];

/** Drops the stubs and enums that nothing leads to any more. */
function withoutLooseEnds(document: DocumentNode): DocumentNode {
  const used = new Set<string>();
  visit(document, {
    enter(node) {
      if (node.kind === Kind.NAMED_TYPE) used.add(node.name.value);
    },
  });
  return {
    ...document,
    definitions: document.definitions.filter((definition) => {
      if (definition.kind === Kind.ENUM_TYPE_DEFINITION) return used.has(definition.name.value);
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return true;
      return isFlat(definition) || contributes(definition) || used.has(definition.name.value);
    }),
  };
}
