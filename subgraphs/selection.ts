/**
 * The fields a selection comes down to, as GraphQL collects them: fragments opened, conditions decided, fields of
 * one response key merged.
 */
import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;
/** The values of the variables that decide `@skip` and `@include`. */
export type Conditions = Readonly<Record<string, boolean>>;

/** A document with more of them is worked out anew each time. */
const MOST_COMBINATIONS = 32;

/** All fields of one response key: they ask for the same, and their selections add up. */
export interface Collected {
  readonly key: string;
  readonly field: FieldNode;
  readonly selections: readonly SelectionSetNode[];
}

/** Types are not compared: a flat type, its connection and its edge are no interface's, so each fragment fits. */
export function collect(
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
  conditions: Conditions,
): readonly Collected[] {
  const byKey = new Map<string, FieldNode[]>();
  const selectionsOf = fragmentSelections(fragments);
  const visit = (selection: SelectionNode): void => {
    if (!isIncluded(selection, conditions)) return;
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      byKey.set(key, [...(byKey.get(key) ?? []), selection]);
    } else selectionsOf(selection).forEach(visit);
  };
  for (const { selections } of sets) selections.forEach(visit);
  return [...byKey].flatMap(([key, fields]) => {
    const [field] = fields;
    return field ? [{ key, field, selections: fields.flatMap(({ selectionSet }) => selectionSet ?? []) }] : [];
  });
}

/** What a fragment selects; nothing when it was spread before. */
function fragmentSelections(fragments: Fragments) {
  const spread = new Set<string>();
  return (fragment: InlineFragmentNode | FragmentSpreadNode): readonly SelectionNode[] => {
    if (fragment.kind === Kind.INLINE_FRAGMENT) return fragment.selectionSet.selections;
    const { value: name } = fragment.name;
    if (spread.has(name)) return [];
    spread.add(name);
    return fragments.get(name)?.selectionSet.selections ?? [];
  };
}

function isIncluded({ directives = [] }: SelectionNode, conditions: Conditions): boolean {
  return directives.every((directive) => {
    const [skip, include] = [directive.name.value === 'skip', directive.name.value === 'include'];
    return !(skip || include) || conditionOf(directive, conditions) === include;
  });
}

function conditionOf(directive: DirectiveNode, conditions: Conditions): boolean {
  const value = directive.arguments?.find(({ name }) => name.value === 'if')?.value;
  if (value?.kind === Kind.BOOLEAN) return value.value;
  return value?.kind === Kind.VARIABLE && conditions[value.name.value] === true;
}

/** The same operation in its plainest form: no fragment, no condition, each response key once. */
export function plain(
  operation: OperationDefinitionNode,
  fragments: Fragments,
  conditions: Conditions,
): OperationDefinitionNode {
  const within = (sets: readonly SelectionSetNode[]): SelectionSetNode => {
    const selections = collect(sets, fragments, conditions).map(({ field, selections }): FieldNode => {
      const { directives: _decided, selectionSet: _merged, ...rest } = field;
      return selections.length === 0 ? rest : { ...rest, selectionSet: within(selections) };
    });
    return { kind: Kind.SELECTION_SET, selections: selections.length === 0 ? NOTHING : selections };
  };
  return { ...operation, selectionSet: within([operation.selectionSet]) };
}

/** An object of which nothing is asked for cannot be written otherwise. */
const NOTHING = parse('{ __typename @include(if: false) }', { noLocation: true }).definitions.flatMap((definition) =>
  definition.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : [],
);

/** For each combination of conditions that an operation is met with, what is made of it; not of ever so many. */
export function perConditions<Made>(
  operation: OperationDefinitionNode,
  fragments: Fragments,
  make: (conditions: Conditions) => Made,
): (variables: Readonly<Record<string, unknown>>) => Made {
  const names = conditionVariables(operation, fragments);
  const made = new Map<string, Made>();
  return (variables) => {
    const values = names.map((name) => variables[name] === true);
    const key = values.map(Number).join('');
    const one = made.get(key) ?? make(Object.fromEntries(names.map((name, at) => [name, values[at] === true])));
    if (made.size < MOST_COMBINATIONS) made.set(key, one);
    return one;
  };
}

/** The variables that decide which fields an operation has. */
function conditionVariables(operation: OperationDefinitionNode, fragments: Fragments): readonly string[] {
  const found = new Set<string>();
  const selectionsOf = fragmentSelections(fragments);
  const visit = (selection: SelectionNode): void => {
    for (const { name, arguments: given = [] } of selection.directives ?? []) {
      if (name.value !== 'skip' && name.value !== 'include') continue;
      for (const { value } of given) if (value.kind === Kind.VARIABLE) found.add(value.name.value);
    }
    const within = selection.kind === Kind.FIELD ? selection.selectionSet?.selections : selectionsOf(selection);
    within?.forEach(visit);
  };
  operation.selectionSet.selections.forEach(visit);
  return [...found].toSorted();
}
