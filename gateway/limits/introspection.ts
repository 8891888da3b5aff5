/**
 * Rules of introspection: it stands alone, and only those ask who may.
 *
 * The planner answers a document that introspects from the schema alone; fields of data beside it would
 * be null without a word.
 */
import { type ASTVisitor, GraphQLError, Kind, type ValidationContext } from 'graphql';

const isIntrospection = (field: string): boolean => field === '__schema' || field === '__type';

export const introspectionRule =
  (isAllowed: boolean) =>
  (context: ValidationContext): ASTVisitor => ({
    OperationDefinition(operation) {
      const fields = rootFields(context, operation.selectionSet.selections);
      const asking = fields.filter(isIntrospection);
      if (asking.length === 0) return;
      if (!isAllowed) {
        context.reportError(new GraphQLError('The schema is not told here.', { nodes: operation }));
      } else if (fields.some((field) => !isIntrospection(field) && field !== '__typename')) {
        context.reportError(new GraphQLError('Ask for the schema in a document of its own.', { nodes: operation }));
      }
    },
  });

type Selections = NonNullable<ReturnType<ValidationContext['getFragment']>>['selectionSet']['selections'];

function rootFields(context: ValidationContext, selections: Selections, seen = new Set<string>()): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFields(context, selection.selectionSet.selections, seen);
    const name = selection.name.value;
    if (seen.has(name)) return [];
    seen.add(name);
    return rootFields(context, context.getFragment(name)?.selectionSet.selections ?? [], seen);
  });
}
