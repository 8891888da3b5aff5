/**
 * Reads flat types from their read models: by id, by page, by parent, and counted.
 *
 * One statement per call, its values bound, judged before it runs. Which table a type is served from
 * may change between requests and not within one: a request takes its tables once, by `tables()`.
 */
import type { AccessScope } from './access-scope.ts';
import type { FlatSchema } from './flat-type.ts';
import type { GroundsCollector } from './grounds.ts';
import type { Queryable } from './queryable.ts';
import type { AskedRow } from './read/asked.ts';
import { readByIds } from './read/by-key.ts';
import { readChildren } from './read/children.ts';
import type { Filter } from './read/filter.ts';
import type { FlatRow } from './read/flat-table.ts';
import { cursorOf } from './read/order.ts';
import { countRows, type Page, type PageArguments, readPage } from './read/page.ts';
import { RowCache, type RowStore } from './read/row-cache.ts';
import { Reader, type ScopeForm, scopeForm } from './read/statement.ts';
import { currentTables, tablesOfRequest } from './read/tables.ts';
import { type PageWishes, type TreePage, type TreeRow, TreeStatement } from './read/tree.ts';
import type { ServedModels } from './served.ts';

export type { TextRow } from './queryable.ts';
export type { AskedReference, AskedRow, RowColumns } from './read/asked.ts';
export type { Filter } from './read/filter.ts';
export type { FlatRow } from './read/flat-table.ts';
export type { Page, PageArguments } from './read/page.ts';
export type { KeptRows, RowStore } from './read/row-cache.ts';
export type { PageWishes, TreePage, TreeRow } from './read/tree.ts';

/** One request's view: the same tables, day and access scope from its beginning to its end. */
export interface FlatReads {
  byIds(type: string, ids: readonly string[]): Promise<ReadonlyMap<string, FlatRow>>;
  page(type: string, args: PageArguments): Promise<Page>;
  cursor(type: string, page: Page, row: FlatRow): string;
  count(type: string, filter: Filter): Promise<number>;
  /** For each parent, the rows of `type` whose field `by` holds its id, or an error. */
  children(type: string, by: string, parents: readonly string[]): Promise<readonly (readonly FlatRow[] | Error)[]>;
  /** A row with all it refers to, by one statement. Throws `CannotCompile`. */
  tree(asked: AskedRow, id: string): Promise<TreeRow>;
  /** A page of rows with all they refer to and their count, by one statement. Throws `CannotCompile`. */
  treePage(asked: AskedRow, args: PageArguments, wishes: PageWishes): Promise<TreePage>;
}

/**
 * Makes the view of one request. `today` is the day `$today` means, `YYYY-MM-DD`; `scope` what the caller may see;
 * `grounds` is told what the answers rest on.
 */
export type OpenReads = (today: string, scope: AccessScope, grounds?: GroundsCollector) => FlatReads;

/** `kept` is where rows are kept, if they are. */
export function flatReads(
  schema: FlatSchema,
  served: ServedModels,
  db: Queryable,
  kept: RowStore | null = null,
): OpenReads {
  const reader = new Reader(db, kept && new RowCache(kept));
  const current = currentTables(schema, served);
  const trees = new WeakMap<AskedRow, Map<ScopeForm, TreeStatement>>();

  return (today, scope, grounds) => {
    const viewpoint = { today, scope, grounds };
    const tableOf = tablesOfRequest(current);
    const treeOf = (asked: AskedRow): TreeStatement => {
      const form = scopeForm(scope);
      const forms = trees.get(asked) ?? new Map<ScopeForm, TreeStatement>();
      const known = forms.get(form);
      if (known?.isOver(tableOf)) return known;
      const tree = new TreeStatement(asked, tableOf, viewpoint);
      trees.set(asked, forms.set(form, tree));
      return tree;
    };
    return {
      byIds: (type, ids) => readByIds(reader, tableOf(type), ids, viewpoint),
      page: (type, args) => readPage(reader, tableOf(type), args, viewpoint),
      cursor: (type, page, row) => cursorOf(tableOf(type), page.order, row, today),
      count: (type, filter) => countRows(reader, tableOf(type), filter, viewpoint),
      children: (type, by, parents) => readChildren(reader, tableOf(type), by, parents, viewpoint),
      tree: async (asked, id) => treeOf(asked).row(reader, id, viewpoint),
      treePage: async (asked, args, wishes) => treeOf(asked).page(reader, args, wishes, viewpoint),
    };
  };
}
