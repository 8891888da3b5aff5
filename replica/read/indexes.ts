/**
 * The indexes of a read model's table, beside its primary key: each filter, order and search its type
 * offers is served by one, within one plant and over all of them.
 *
 * Every index is one more thing to write for each changed row, so there are no more than that:
 * - an order begins with its column and is closed by the key; a nullable column needs no second one (see `page.ts`);
 * - an equality filter is closed by the key, the default order. Only where it leaves most rows in place
 *   (an enum, a Boolean) is there one more within the plant; few rows need none to be searched through;
 * - one that another begins with is left out.
 * Text is indexed by its bytes, as it is compared and sorted. The key keeps its own collation, so that
 * the primary key serves the default order.
 */
import { type FlatField, type FlatType, plantField } from '../flat-type.ts';
import { ident } from '../sql.ts';

export interface ReadIndex {
  /** To be put behind the table's name. Unique also when cut short. */
  readonly name: string;
  /** What stands after `on <table>`. */
  readonly definition: string;
}

export function indexesFor(type: FlatType, key: readonly string[]): ReadIndex[] {
  const plant = plantField(type);
  const lists: FlatField[][] = [];
  if (plant) lists.push([plant]);
  for (const field of type.fields) {
    if (field === plant) continue;
    const few = field.type === 'Boolean' || field.values !== undefined;
    if (field.filter || field.sort) lists.push([field]);
    if (plant && (field.sort || (field.filter && few))) lists.push([plant, field]);
  }
  const ordered = distinct(
    lists.map((fields) => withKey(fields, key)),
    key,
  );
  const searched = type.fields.filter(({ search }) => search);
  return [
    ...ordered.map((parts, at) => ({
      name: `${at + 1}_${parts.map(({ column }) => column).join('_')}`,
      definition: `(${parts.map(({ sql }) => sql).join(', ')})`,
    })),
    ...searched.map(({ column }, at) => ({
      name: `${ordered.length + at + 1}_${column}_search`,
      definition: `using gin (${ident(column)} gin_trgm_ops)`,
    })),
  ];
}

interface Part {
  readonly column: string;
  readonly sql: string;
}

function withKey(fields: readonly FlatField[], key: readonly string[]): Part[] {
  const parts = fields.map(({ column, type, values }) => ({
    column,
    sql: type === 'String' || values ? `${ident(column)} collate "C"` : ident(column),
  }));
  return [...parts, ...key.filter((column) => !parts.some((part) => part.column === column)).map(keyPart)];
}

const keyPart = (column: string): Part => ({ column, sql: ident(column) });

/** Without those that the primary key or another one begins with. */
function distinct(lists: readonly Part[][], key: readonly string[]): Part[][] {
  const text = (parts: readonly Part[]) => parts.map(({ sql }) => `${sql},`).join('');
  const primary = text(key.map(keyPart));
  return lists.filter((parts, at) => {
    const own = text(parts);
    const isServed = (other: readonly Part[], position: number) =>
      position !== at && text(other).startsWith(own) && (text(other) !== own || position < at);
    return !primary.startsWith(own) && !lists.some(isServed);
  });
}
