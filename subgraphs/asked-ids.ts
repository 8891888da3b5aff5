/**
 * The rows that an operation asks for by their ids, at its root. Those it comes to by references count for nothing here:
 * their ids stand in rows that have yet to be read.
 *
 * The fields are found once per operation and kept as long as it is.
 */
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLSchema,
  getArgumentValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import type { FlatType } from '../replica/flat-type.ts';
import type { AskedIds } from '../replica/fresh-enough.ts';
import { rootFields } from '../schema/names.ts';
import { collect, perConditions } from './selection.ts';

export type { AskedIds } from '../replica/fresh-enough.ts';

export type IdsAsked = (
  operation: OperationDefinitionNode,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
) => AskedIds;

interface RowField {
  readonly type: string;
  readonly field: FieldNode;
  readonly definition: GraphQLField<unknown, unknown>;
}

/** Of the types in `asked`. */
export function idsAsked(schema: GraphQLSchema, asked: readonly FlatType[]): IdsAsked {
  const definitions = schema.getQueryType()?.getFields() ?? {};
  const typeOf = new Map(asked.map(({ name }) => [rootFields(name).one, name]));
  const known = new WeakMap<OperationDefinitionNode, (variables: Readonly<Record<string, unknown>>) => RowField[]>();

  const fieldsOf = (operation: OperationDefinitionNode, { definitions: parts }: DocumentNode) => {
    const fragments = new Map(
      parts.flatMap((part) => (part.kind === Kind.FRAGMENT_DEFINITION ? [[part.name.value, part]] : [])),
    );
    return perConditions(operation, fragments, (conditions) =>
      collect([operation.selectionSet], fragments, conditions).flatMap(({ field }): RowField[] => {
        const [type, definition] = [typeOf.get(field.name.value), definitions[field.name.value]];
        return type && definition ? [{ type, field, definition }] : [];
      }),
    );
  };

  return (operation, document, variables) => {
    const fields = known.get(operation) ?? fieldsOf(operation, document);
    known.set(operation, fields);
    const ids = new Map<string, string[]>();
    for (const { type, field, definition } of fields(variables)) {
      const { id } = getArgumentValues(definition, field, variables);
      ids.set(type, [...(ids.get(type) ?? []), String(id)]);
    }
    return ids;
  };
}
