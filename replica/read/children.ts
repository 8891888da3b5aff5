/**
 * To-many references: the rows whose field holds a parent's id, for many parents in one statement.
 *
 * Such lists are short by nature. One that is not would cost every other parent its answer, so each is
 * read up to one row past the limit and refused there. The rows of one parent arrive in their order: the
 * limited subselect runs once for each.
 */
import type { RestOn } from '../grounds.ts';
import { TooManyChildren } from './errors.ts';
import type { FlatRow, FlatTable } from './flat-table.ts';
import { allColumns, heldTag } from './grounds-of.ts';
import { isPrinted } from './sql-type.ts';
import { type Reader, StatementWriter, type Viewpoint } from './statement.ts';
import { visible } from './visible.ts';

export const MOST_CHILDREN = 200;

/** For each parent, in order: its children by their key, or the refusal. */
export async function readChildren(
  reader: Reader,
  table: FlatTable,
  by: string,
  parents: readonly string[],
  viewpoint: Viewpoint,
): Promise<readonly (readonly FlatRow[] | TooManyChildren)[]> {
  const column = table.stored.get(by);
  if (!column) throw new TypeError(`${table.type.name} has no stored field "${by}"`);
  const children: FlatRow[][] = parents.map(() => []);
  const possible = parents.map((id, parent) => ({ id, parent })).filter(({ id }) => isPrinted(column.kind, id));
  if (possible.length > 0) {
    const statement = new StatementWriter(viewpoint);
    const ids = column.parameters(statement.bind(possible.map(({ id }) => id)));
    const where = visible(table, statement)
      .map((condition) => ` and ${condition}`)
      .join('');
    const sorting = table.key.map(({ sortable }) => sortable).join(', ');
    const text = /* sql */ `
      select asked.at::text, found.* from unnest(${ids}) with ordinality as asked(parent, at),
        lateral (
          select ${statement.declared(table.select)} from ${table.from}
          where ${column.sortable} = asked.parent${where}
          order by ${sorting} limit ${MOST_CHILDREN + 1}
        ) as found`;
    const restOn: RestOn = (_rows, grounds) => {
      for (const { id } of possible) grounds.tag(heldTag(table, column, id), allColumns);
    };
    for (const [at, ...texts] of await reader.rows(table.type.model, text, statement, restOn)) {
      const asked = possible[Number(at) - 1];
      if (asked) children[asked.parent]?.push(table.row(texts));
    }
  }
  return children.map((rows) => (rows.length > MOST_CHILDREN ? new TooManyChildren(MOST_CHILDREN) : rows));
}
