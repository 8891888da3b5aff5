/**
 * The flat types that an operation names, by a row, a list or a count of them; also where `@skip` leaves it out.
 *
 * Found once per operation and kept as long as it is: documents are cached.
 */
import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { FlatType } from '../replica/flat-type.ts';
import { connectionType } from '../schema/names.ts';

export type NamedTypes = (operation: OperationDefinitionNode, document: DocumentNode) => readonly string[];

/** Of those named, the ones among `asked`. */
export function namedTypes(schema: GraphQLSchema, asked: readonly FlatType[]): NamedTypes {
  const flat = new Map(asked.flatMap(({ name }) => [name, connectionType(name)].map((type) => [type, name])));
  const known = new WeakMap<OperationDefinitionNode, readonly string[]>();
  return (operation, document) => {
    const found = known.get(operation) ?? [
      ...new Set([...objectTypes(schema, operation, document)].flatMap((type) => flat.get(type) ?? [])),
    ];
    known.set(operation, found);
    return found;
  };
}

/** Those that fields are selected of. */
function objectTypes(schema: GraphQLSchema, operation: OperationDefinitionNode, document: DocumentNode): Set<string> {
  const types = new Set<string>();
  const spread = new Set<string>();
  const info = new TypeInfo(schema);
  const collect = visitWithTypeInfo(info, {
    SelectionSet() {
      const type = getNamedType(info.getParentType());
      if (isObjectType(type)) types.add(type.name);
    },
    FragmentSpread({ name }) {
      spread.add(name.value);
    },
  });
  visit(operation, collect);
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  // A set gives what is added while it is walked as well.
  for (const name of spread) {
    for (const fragment of fragments) if (fragment.name.value === name) visit(fragment, collect);
  }
  return types;
}
