/** One root field of a document: what it asks the replica for, and what becomes of the answer. */
import { type FieldNode, type GraphQLField, getArgumentValues } from 'graphql';
import type { AskedRow, Filter, PageArguments, PageWishes, TreePage, TreeRow } from '../../replica/read.ts';
import { type Complete, type Fault, rowCompleter } from './complete.ts';
import { type ConnectionShape, pageCompleter } from './connection.ts';
import type { RowShape } from './shape.ts';

/** What it reads by, within one request. */
export interface TreeReads {
  tree(asked: AskedRow, id: string): Promise<TreeRow>;
  treePage(asked: AskedRow, args: PageArguments, wishes: PageWishes): Promise<TreePage>;
}

export interface RootAnswer {
  readonly value: unknown;
  /** The statement that ran; null when nothing could be found by it. */
  readonly sql: string | null;
}

export interface Root {
  readonly key: string;
  /** Rejects where the field as a whole has failed. */
  answer(reads: TreeReads, variables: Readonly<Record<string, unknown>>, faults: Fault[]): Promise<RootAnswer>;
}

interface Asked {
  readonly key: string;
  readonly field: FieldNode;
  readonly definition: GraphQLField<unknown, unknown>;
}

export const constantRoot = (key: string, value: string): Root => ({
  key,
  answer: async () => ({ value, sql: null }),
});

export function rowRoot({ key, field, definition }: Asked, asked: AskedRow, shape: RowShape): Root {
  const completerFor = remembered((columns: TreeRow['columns']): Complete => rowCompleter(shape, columns));
  return {
    key,
    async answer(reads, variables, faults) {
      const { id } = getArgumentValues(definition, field, variables);
      const { columns, texts, sql } = await reads.tree(asked, String(id));
      return { value: texts && completerFor(columns)(texts, faults), sql };
    },
  };
}

export function pageRoot({ key, field, definition }: Asked, asked: AskedRow, shape: ConnectionShape): Root {
  const completerFor = remembered((columns: TreePage['columns']) => pageCompleter(shape, columns));
  return {
    key,
    async answer(reads, variables, faults) {
      const page = await reads.treePage(
        asked,
        pageArguments(getArgumentValues(definition, field, variables)),
        shape.wishes,
      );
      return { value: completerFor(page.columns)(page, faults), sql: page.sql };
    },
  };
}

/** GraphQL has coerced them. */
export function pageArguments({
  filter,
  orderBy,
  first,
  after,
  last,
  before,
}: Readonly<Record<string, unknown>>): PageArguments {
  return {
    filter: isObject<Filter>(filter) ? filter : null,
    orderBy: isObject<NonNullable<PageArguments['orderBy']>>(orderBy) ? orderBy : null,
    first: numberOf(first),
    after: textOf(after),
    last: numberOf(last),
    before: textOf(before),
  };
}

const isObject = <Coerced extends object>(value: unknown): value is Coerced =>
  typeof value === 'object' && value !== null;
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Columns change only when a read model's table does. */
function remembered<Key, Made>(make: (key: Key) => Made): (key: Key) => Made {
  let last: { readonly key: Key; readonly made: Made } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, made: make(key) };
    return last.made;
  };
}
