/**
 * How far a document extends with all its fragments spread out: its depth, fields, aliases and directives.
 *
 * Each fragment is measured once, so that fragments which spread each other over and over are counted
 * (2^16 fields of sixteen fragments) without being walked. It runs before validation and therefore makes no
 * assumption: a fragment that is not there or leads back to itself adds nothing, and validation names it.
 */
import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import { ErrorCode, SkiffError } from '../../runtime/errors.ts';
import type { Limits } from './limits.ts';

export interface Extent {
  readonly depth: number;
  readonly introspectionDepth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
}

const NOTHING: Extent = { depth: 0, introspectionDepth: 0, fields: 0, aliases: 0, directives: 0 };

/** The root fields that lead into the schema itself. */
const INTROSPECTION = new Set(['__schema', '__type']);

export function extentOf(document: DocumentNode): Extent {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, Extent>();

  function ofFragment(name: string): Extent {
    const known = measured.get(name);
    const fragment = fragments.get(name);
    if (known || !fragment) return known ?? NOTHING;
    measured.set(name, NOTHING); // what it is to itself, should it spread itself
    const extent = withDirectives(ofSelections(fragment.selectionSet), fragment.directives);
    measured.set(name, extent);
    return extent;
  }

  function ofSelections({ selections }: SelectionSetNode): Extent {
    let total = NOTHING;
    for (const selection of selections) {
      const extent =
        selection.kind === Kind.FIELD
          ? aroundField(
              selection.name.value,
              selection.alias !== undefined,
              selection.selectionSet ? ofSelections(selection.selectionSet) : NOTHING,
            )
          : selection.kind === Kind.FRAGMENT_SPREAD
            ? ofFragment(selection.name.value)
            : ofSelections(selection.selectionSet);
      total = sideBySide(total, withDirectives(extent, selection.directives));
    }
    return total;
  }

  let total = NOTHING;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    total = sideBySide(total, withDirectives(ofSelections(definition.selectionSet), definition.directives));
  }
  return total;
}

function aroundField(name: string, isAliased: boolean, inner: Extent): Extent {
  const deepest = Math.max(inner.depth, inner.introspectionDepth) + 1;
  return {
    ...(INTROSPECTION.has(name)
      ? { depth: 0, introspectionDepth: deepest }
      : { depth: inner.depth + 1, introspectionDepth: inner.introspectionDepth === 0 ? 0 : deepest }),
    fields: inner.fields + 1,
    aliases: inner.aliases + (isAliased ? 1 : 0),
    directives: inner.directives,
  };
}

const sideBySide = (a: Extent, b: Extent): Extent => ({
  depth: Math.max(a.depth, b.depth),
  introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
  fields: a.fields + b.fields,
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
});

const withDirectives = (extent: Extent, directives: readonly unknown[] = []): Extent =>
  directives.length === 0 ? extent : { ...extent, directives: extent.directives + directives.length };

/** Throws if the document extends too far. How far is too far is not told: it would only help to stay below. */
export function checkExtent(document: DocumentNode, limits: Limits): void {
  const extent = extentOf(document);
  if (extent.depth > limits.depth || extent.introspectionDepth > limits.introspectionDepth) {
    throw new SkiffError(ErrorCode.DepthLimit, 'The document nests fields too deeply.');
  }
  for (const [what, count, most] of [
    ['fields', extent.fields, limits.fields],
    ['aliases', extent.aliases, limits.aliases],
    ['directives', extent.directives, limits.directives],
  ] as const) {
    if (count > most) throw new SkiffError(ErrorCode.CostLimit, `The document has too many ${what}.`);
  }
}
