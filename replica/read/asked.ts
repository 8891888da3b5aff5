/**
 * What a compiled document asks of a row: a tree of the row's fields and of the rows it refers to.
 *
 * The same reference asked for twice, under two names, stands here twice: each is read on its own.
 */
import type { TextRow } from '../queryable.ts';

export interface AskedRow {
  /** The flat type's name. */
  readonly type: string;
  /** Names of fields, each once, without `id`: the key is always read. */
  readonly fields: readonly string[];
  readonly references: readonly AskedReference[];
}

export interface AskedReference {
  /** As in `FlatReference`. */
  readonly cardinality: 'one' | 'many';
  readonly by: string;
  readonly row: AskedRow;
}

/** Where in a row of texts the answers to an `AskedRow` stand. */
export interface RowColumns {
  /** Null where there is no row. */
  readonly id: (texts: TextRow) => string | null;
  /** The key's positions. */
  readonly key: readonly number[];
  /** One position for each field asked for. */
  readonly fields: readonly number[];
  readonly references: readonly ReferenceColumns[];
}

export type ReferenceColumns =
  /** `value` is the id that the row holds of the other, which may be missing. */
  | { readonly cardinality: 'one'; readonly value: number; readonly row: RowColumns }
  /** Throws where there are more than a plain list holds. */
  | { readonly cardinality: 'many'; readonly rows: (texts: TextRow) => readonly TextRow[]; readonly row: RowColumns };
