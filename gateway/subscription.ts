/**
 * A subscription as the query that is asked whenever its command may have changed.
 *
 *     subscription { commandChanged(id: $id) { state } }   ─►   query { commandChanged: command(id: $id) { state } }
 *
 * So each of its answers goes the way of any query's, under the same scopes and limits, and no subgraph knows of it.
 */
import { type GraphQLSchema, getArgumentValues, Kind, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import type { GoodDocument } from './documents.ts';
import { badDocument } from './refusal.ts';

/** Subscription field → the query field that has its state. Both take the same arguments. */
const STATES: ReadonlyMap<string, string> = new Map([['commandChanged', 'command']]);

export interface Subscription {
  readonly operation: OperationDefinitionNode;
  readonly good: GoodDocument;
  /** Which command is watched. */
  idWith(variables: Readonly<Record<string, unknown>>): string;
}

/** Null for what is no subscription. */
export function subscriptionOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  good: GoodDocument,
): Subscription | null {
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return null;
  const [field] = operation.selectionSet.selections;
  const state = field?.kind === Kind.FIELD ? STATES.get(field.name.value) : undefined;
  const definition = field?.kind === Kind.FIELD && schema.getSubscriptionType()?.getFields()[field.name.value];
  if (field?.kind !== Kind.FIELD || !definition || state === undefined) {
    throw badDocument([{ message: `A subscription names its field itself: ${[...STATES.keys()].join(', ')}.` }]);
  }
  const asked: OperationDefinitionNode = {
    ...operation,
    operation: OperationTypeNode.QUERY,
    selectionSet: {
      ...operation.selectionSet,
      selections: [{ ...field, alias: field.alias ?? field.name, name: { kind: Kind.NAME, value: state } }],
    },
  };
  const definitions = [asked, ...good.fragments.values()];
  return {
    operation: asked,
    good: { document: { kind: Kind.DOCUMENT, definitions }, operations: [asked], fragments: good.fragments },
    idWith: (variables) => String(getArgumentValues(definition, field, variables).id),
  };
}
