/**
 * What an operation may cost with the values it was sent with: one for each object it can answer, lists
 * counted by the size they were asked for or, without one, by their `@listSize`.
 *
 * An operation has passed validation and the limit of its fields when it comes here.
 */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLIncludeDirective,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  isCompositeType,
  isLeafType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { ErrorCode, SkiffError } from '../../runtime/errors.ts';
import { LARGEST_PAGE } from '../../schema/expand.ts';
import type { Limits } from './limits.ts';
import type { Price, Prices } from './prices.ts';

export interface Costed {
  readonly schema: GraphQLSchema;
  readonly prices: Prices;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Throws if the operation may cost more than the limit, or asks for a page that no list gives. */
export function checkCost(costed: Costed, limits: Limits): void {
  if (costOf(costed) > limits.cost) {
    throw new SkiffError(ErrorCode.CostLimit, 'The document may answer too many rows. Ask for fewer of each list.');
  }
}

export function costOf({ schema, prices, operation, fragments, variables }: Costed): number {
  const root = schema.getRootType(operation.operation);
  return root ? ofSelections(operation.selectionSet, root, null) : 0;

  function ofSelections(set: SelectionSetNode, parent: GraphQLCompositeType, page: Page | null): number {
    let cost = 0;
    for (const selection of set.selections) {
      if (!isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) cost += ofField(selection, parent, page);
      else {
        const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
        if (!fragment) continue;
        const type = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : parent;
        if (isCompositeType(type)) cost += ofSelections(fragment.selectionSet, type, page);
      }
    }
    return cost;
  }

  function ofField(field: FieldNode, parent: GraphQLCompositeType, page: Page | null): number {
    const name = field.name.value;
    const definition = 'getFields' in parent ? parent.getFields()[name] : undefined;
    if (!definition || !field.selectionSet) return 0;
    const type = getNamedType(definition.type);
    if (isLeafType(type) || !isCompositeType(type)) return 0;

    const price = isObjectType(parent) ? prices.get(`${parent.name}.${name}`) : undefined;
    const size = price ? sizeOf(field, price) : 1;
    const isPage = price !== undefined && price.sizedFields.length > 0;
    const inner = ofSelections(field.selectionSet, type, isPage ? { fields: price.sizedFields, size } : null);
    if (page?.fields.includes(name)) return page.size * (1 + inner);
    return isListType(getNullableType(definition.type)) ? size * (1 + inner) : 1 + inner;
  }

  function sizeOf(field: FieldNode, price: Price): number {
    let asked: number | undefined;
    for (const { name, value } of field.arguments ?? []) {
      if (!price.slicingArguments.includes(name.value)) continue;
      const rows = valueFromASTUntyped(value, variables);
      if (typeof rows !== 'number') continue;
      if (rows < 0 || rows > LARGEST_PAGE) {
        const rule = rows < 0 ? 'may not be negative' : `at most ${LARGEST_PAGE}`;
        throw new SkiffError(ErrorCode.BadUserInput, `${field.name.value}.${name.value}: ${rule}.`);
      }
      asked = Math.max(asked ?? 0, rows);
    }
    return asked ?? price.assumedSize;
  }

  function isIncluded(selection: SelectionNode): boolean {
    if (!selection.directives?.length) return true;
    if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false;
  }
}

/** A connection's rows stand in some of its fields. */
interface Page {
  readonly fields: readonly string[];
  readonly size: number;
}
