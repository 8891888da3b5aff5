/**
 * A document as the planner is handed it: without fragments and conditions, each response key once.
 *
 * Router-runtime answers a list twice over whose key a document names twice (`nodes { id } nodes { name }`), which
 * GraphQL allows and clients that compose fragments do.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type InlineFragmentNode,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { perConditions, plain } from '../subgraphs/selection.ts';
import type { GoodDocument } from './documents.ts';

export type PlainDocument = (variables: Readonly<Record<string, unknown>>) => DocumentNode;

/** The same object for the same conditions: plans are kept by it. */
export function plainDocument(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  { document, fragments }: GoodDocument,
): PlainDocument {
  if (!namesObjectsOnly(schema, document)) return () => document;
  return perConditions(operation, fragments, (conditions) => ({
    kind: Kind.DOCUMENT,
    definitions: [plain(operation, fragments, conditions)],
  }));
}

/** A fragment on or in an interface or a union cannot be opened without knowing the object it meets. */
function namesObjectsOnly(schema: GraphQLSchema, document: DocumentNode): boolean {
  const inUnions = new Set(
    Object.values(schema.getTypeMap()).flatMap((type) => (isUnionType(type) ? type.getTypes() : [])),
  );
  let isSo = true;
  const judge = ({ typeCondition }: InlineFragmentNode | FragmentDefinitionNode) => {
    const type = typeCondition && schema.getType(typeCondition.name.value);
    if (type && !(isObjectType(type) && !inUnions.has(type))) isSo = false;
  };
  visit(document, { InlineFragment: judge, FragmentDefinition: judge });
  return isSo;
}
