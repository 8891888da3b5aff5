/**
 * Variables that a request leaves out, where they stand in an object: `filter: { plantCode: { in: $plants } }`.
 *
 * GraphQL leaves the field out with its variable. graphql-jit 0.8 makes it null, which is another question;
 * so the field is taken out of the document before it is compiled.
 */
import { type DocumentNode, Kind, visit } from 'graphql';

/** Names of the variables that are values of an object's fields and have no default. */
export function variablesInObjects(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  const withDefault = new Set<string>();
  visit(document, {
    VariableDefinition({ variable, defaultValue }) {
      if (defaultValue) withDefault.add(variable.name.value);
    },
    ObjectField({ value }) {
      if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names].filter((name) => !withDefault.has(name));
}

export const withoutFieldsOf = (document: DocumentNode, absent: readonly string[]): DocumentNode =>
  visit(document, {
    ObjectField: ({ value }) => (value.kind === Kind.VARIABLE && absent.includes(value.name.value) ? null : undefined),
  });
