/**
 * Whether an operation is answered from read models alone: it names flat types, their lists and nothing else, by fields
 * that are declared. What a programmed resolver answers follows no change log.
 */
import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { FlatSchema } from '../replica/flat-type.ts';
import { connectionType, edgeType, rootFields } from '../schema/names.ts';

export type IsFlatOnly = (operation: OperationDefinitionNode, document: DocumentNode) => boolean;

export function flatOnly(schema: GraphQLSchema, { types, references }: FlatSchema): IsFlatOnly {
  const fields = new Map<string, ReadonlySet<string> | null>([['PageInfo', null]]);
  const roots = new Set<string>();
  for (const { name, fields: own } of types) {
    const referred = references.filter(({ from }) => from === name);
    fields.set(name, new Set(['id', ...own.map((field) => field.name), ...referred.map((field) => field.name)]));
    for (const wrapping of [connectionType(name), edgeType(name)]) fields.set(wrapping, null);
    const { one, many } = rootFields(name);
    roots.add(one).add(many);
  }
  fields.set(schema.getQueryType()?.name ?? 'Query', roots);

  return (operation, document) => {
    if (operation.operation !== OperationTypeNode.QUERY) return false;
    let isSo = true;
    const info = new TypeInfo(schema);
    const judge = visitWithTypeInfo(info, {
      Field({ name: { value } }) {
        if (value === '__typename') return;
        const type = getNamedType(info.getParentType());
        const known = isObjectType(type) ? fields.get(type.name) : undefined;
        if (known === undefined || known?.has(value) === false) isSo = false;
      },
    });
    visit(operation, judge);
    for (const part of document.definitions) if (part.kind === Kind.FRAGMENT_DEFINITION) visit(part, judge);
    return isSo;
  };
}
