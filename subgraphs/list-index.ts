/**
 * Finds, among many kept lists, those that a change may stand in: by a value that a list's rows all have, where it has
 * such a condition. What is found has still to be looked at closely.
 */
import type { Change } from '../replica/change-feed.ts';
import type { Condition, ListGround } from '../replica/grounds.ts';

type Kept = readonly [list: ListGround, key: string];

/** Where equal values are printed alike. */
const PLAIN_KINDS = new Set(['int2', 'int4', 'int8', 'text', 'date', 'uuid', 'boolean']);
const MOST_VALUES = 10;

export class ListIndex {
  /** Of a read model: by column, by value. */
  readonly #byValue = new Map<string, Map<string, Map<string, Set<Kept>>>>();
  readonly #others = new Map<string, Set<Kept>>();
  readonly #places = new Map<ListGround, Map<string, { readonly kept: Kept; readonly sets: readonly Set<Kept>[] }>>();

  add(list: ListGround, key: string): void {
    const kept: Kept = [list, key];
    const sets = this.#setsFor(list);
    for (const set of sets) set.add(kept);
    const places = this.#places.get(list) ?? new Map();
    this.#places.set(list, places.set(key, { kept, sets }));
  }

  remove(list: ListGround, key: string): void {
    const places = this.#places.get(list);
    const found = places?.get(key);
    if (!places || !found) return;
    for (const set of found.sets) set.delete(found.kept);
    places.delete(key);
    if (places.size === 0) this.#places.delete(list);
    this.#sweep(list);
  }

  /** A copy: who drops what is found changes the index. */
  near({ hash, old, new: now }: Change): Kept[] {
    const found = [...(this.#others.get(hash) ?? [])];
    for (const [column, values] of this.#byValue.get(hash) ?? []) {
      if (old === null && now === null) for (const set of values.values()) found.push(...set);
      else {
        const both = new Set([old?.[column], now?.[column]]);
        for (const value of both) if (value !== null && value !== undefined) found.push(...(values.get(value) ?? []));
      }
    }
    return found;
  }

  #setsFor(list: ListGround): Set<Kept>[] {
    const condition = narrowest(list);
    if (!condition) {
      const others = this.#others.get(list.hash) ?? new Set();
      this.#others.set(list.hash, others);
      return [others];
    }
    const columns = this.#byValue.get(list.hash) ?? new Map<string, Map<string, Set<Kept>>>();
    this.#byValue.set(list.hash, columns);
    const values = columns.get(condition.column) ?? new Map<string, Set<Kept>>();
    columns.set(condition.column, values);
    return condition.values.map((value) => {
      const set = values.get(value) ?? new Set();
      values.set(value, set);
      return set;
    });
  }

  /** Values that no list asks for any more leave nothing behind. */
  #sweep(list: ListGround): void {
    const condition = narrowest(list);
    const values = condition && this.#byValue.get(list.hash)?.get(condition.column);
    for (const value of condition?.values ?? []) if (values?.get(value)?.size === 0) values.delete(value);
  }
}

/**
 * The scope's own condition comes first and holds for many: the last one is what was asked for. The log need not repeat
 * the key's columns among a row's values.
 */
const narrowest = ({ where, key }: ListGround): Condition | undefined =>
  where.findLast(
    ({ test, kind, values, column }) =>
      test === '=' && PLAIN_KINDS.has(kind) && values.length <= MOST_VALUES && !key.includes(column),
  );
