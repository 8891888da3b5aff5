/**
 * Which keys a batch of changes asks for, of which read models.
 *
 * A key query is asked again after the mirror has changed; before it only where the answer could have been
 * another one: the row is deleted, or a column changed that the query itself reads. Rows that lead elsewhere because
 * *another* row changed are that row's business.
 */
import type { Definition, Source } from '../model/definition.ts';
import type { Key } from './fold.ts';

export interface RowChange {
  readonly key: Key;
  readonly kind: 'insert' | 'update' | 'delete';
  /** Columns whose value differs, of an update. */
  readonly changed: ReadonlySet<string>;
}

export interface KeyQuery {
  readonly definition: Definition;
  readonly source: Source;
  readonly keys: readonly Key[];
}

export interface KeyQueries {
  readonly before: readonly KeyQuery[];
  readonly after: readonly KeyQuery[];
}

export function keyQueries(
  definitions: readonly Definition[],
  changes: ReadonlyMap<string, readonly RowChange[]>,
): KeyQueries {
  const before: KeyQuery[] = [];
  const after: KeyQuery[] = [];
  for (const definition of definitions) {
    for (const source of definition.sources) {
      if (source.hash) continue;
      const rows = changes.get(source.name);
      if (!rows) continue;
      const touched = rows.filter((row) => row.kind !== 'update' || overlaps(row.changed, source.uses));
      const moved = touched.filter(
        (row) => row.kind === 'delete' || (row.kind === 'update' && overlaps(row.changed, source.keysUse)),
      );
      const present = touched.filter((row) => row.kind !== 'delete');
      if (moved.length > 0) before.push({ definition, source, keys: moved.map(({ key }) => key) });
      if (present.length > 0) after.push({ definition, source, keys: present.map(({ key }) => key) });
    }
  }
  return { before, after };
}

const overlaps = (changed: ReadonlySet<string>, columns: readonly string[]): boolean =>
  columns.some((column) => changed.has(column));
