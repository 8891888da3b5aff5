/**
 * What an answer rests on: the rows, lists and counts of read models that it would be another one without.
 *
 * A change of the log is held against it to know whether the answer may be another one now. That is told from what the
 * log holds of the change alone, so wherever that does not suffice the answer is yes: an answer is dropped in vain now and
 * then, and never kept in error. Plain data: caches of several processes hand it to each other.
 */
import type { Change, LoggedValues } from './change-feed.ts';
import type { TextRow } from './queryable.ts';
import { compareTexts } from './read/compare.ts';
import { encodeId } from './read/ids.ts';
import type { SqlKind } from './read/sql-type.ts';

/** Names of columns; null for all there are. */
export type Columns = readonly string[] | null;

export interface GroundColumn {
  readonly column: string;
  readonly kind: SqlKind;
  /** Text is compared by its bytes. */
  readonly isBytes: boolean;
}

export interface Condition extends GroundColumn {
  readonly test: '=' | '<' | '<=' | '>' | '>=' | 'isNull' | 'startsWith' | 'contains';
  /** One of them. */
  readonly values: readonly string[];
}

/** Places in a list's order, as the values it is sorted by; null where the list is open. */
export type Bound = readonly (string | null)[] | null;

export interface ListGround {
  readonly hash: string;
  readonly where: readonly Condition[];
  /** Only how many rows there are matters. */
  readonly isCount: boolean;
  readonly uses: Columns;
  /** Columns of conditions that are not known here. */
  readonly unknown: Columns;
  readonly sorting: readonly GroundColumn[];
  /** The key's columns among these. */
  readonly key: readonly string[];
  readonly descending: boolean;
  readonly from: Bound;
  readonly to: Bound;
}

export interface Grounds {
  /** What is found by name (`rowTag` and its kin), with the columns that matter. */
  readonly tags: readonly (readonly [tag: string, uses: Columns])[];
  readonly lists: readonly ListGround[];
}

/** The definition whose rows a tag is of; null where it is of any. */
export const definitionOf = (tag: string): string | null =>
  tag.startsWith('m') ? null : tag.slice(1, tag.indexOf(':'));

export const rowTag = (hash: string, id: string): string => `r${hash}:${id}`;
/** Rows whose column holds this value. */
export const childrenTag = (hash: string, column: string, value: string): string => `c${hash}:${column}:${value}`;
/** Any row of any definition of it. */
export const modelTag = (model: string): string => `m${model}`;

/** Says what rows rest on. */
export type RestOn = (rows: readonly TextRow[], grounds: GroundsCollector) => void;

/** Gathers what one answer rests on. */
export class GroundsCollector {
  readonly #tags = new Map<string, Columns>();
  readonly #lists: ListGround[] = [];
  #isLost = false;
  #isVague = false;

  /** Some of it is known by no more than which read models it is from. */
  blur(): void {
    this.#isVague = true;
  }

  get isVague(): boolean {
    return this.#isVague;
  }

  /** Not all that it rests on is known. */
  lose(): void {
    this.#isLost = true;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  tag(tag: string, uses: Columns): void {
    const known = this.#tags.get(tag);
    this.#tags.set(tag, known === undefined || known === uses ? uses : union(known, uses));
  }

  /** Any row of the read model. */
  model(model: string): void {
    this.tag(modelTag(model), null);
  }

  list(ground: ListGround): void {
    this.#lists.push(ground);
  }

  add({ tags, lists }: Grounds): void {
    for (const [tag, uses] of tags) this.tag(tag, uses);
    this.#lists.push(...lists);
  }

  get grounds(): Grounds {
    return { tags: [...this.#tags], lists: this.#lists };
  }
}

const union = (one: Columns, other: Columns): Columns => one && other && [...new Set([...one, ...other])];

/** The tags that a change meets: those of the read model, of the row, and of its values before and after. */
export function tagsOf({ hash, model, key, old, new: now }: Change): string[] {
  const tags = [modelTag(model), ...(key ? [rowTag(hash, encodeId(key))] : [])];
  for (const values of [old, now]) {
    for (const [column, value] of Object.entries(values ?? {})) {
      if (value !== null) tags.push(childrenTag(hash, column, value));
    }
  }
  return tags;
}

/** Whether the columns that differ are among those that matter. */
export const concerns = ({ op, columns }: Change, uses: Columns): boolean =>
  op !== 'update' || columns === null || uses === null || columns.some((column) => uses.includes(column));

/** Whether what rests on the list may be another one by the change, which is of the same read model. */
export function concernsList(change: Change, list: ListGround): boolean {
  const { op, key, old, new: now, columns } = change;
  if (op === 'all' || key === null) return true;
  const needsOld = op !== 'insert';
  const needsNew = op !== 'delete';
  if ((needsOld && old === null) || (needsNew && now === null)) return true;
  if (!concerns(change, list.uses)) return false;
  const was = needsOld && old !== null ? isInside(list, old, key) : false;
  const is = needsNew && now !== null ? isInside(list, now, key) : false;
  if (!list.isCount) return was !== false || is !== false;
  const isUncertain = columns?.some((column) => list.unknown === null || list.unknown.includes(column)) ?? false;
  return was === null || is === null || was !== is || (was && isUncertain);
}

/** Null where it cannot be said. */
function isInside(list: ListGround, values: LoggedValues, key: readonly string[]): boolean | null {
  const held = list.where.map((condition) => holds(condition, valueIn(list, condition.column, values, key)));
  if (held.includes(false)) return false;
  const place = list.sorting.map(({ column }) => valueIn(list, column, values, key));
  const beyondFrom = list.from && comparePlaces(list, place, list.from);
  const beyondTo = list.to && comparePlaces(list, place, list.to);
  if ((beyondFrom !== null && beyondFrom < 0) || (beyondTo !== null && beyondTo > 0)) return false;
  return held.includes(null) || Number.isNaN(beyondFrom) || Number.isNaN(beyondTo) ? null : true;
}

/** Undefined where the log does not say it. */
function valueIn(
  { key: columns }: ListGround,
  column: string,
  values: LoggedValues,
  key: readonly string[],
): string | null | undefined {
  const logged = values[column];
  return logged === undefined ? key[columns.indexOf(column)] : logged;
}

/** Null where it cannot be said. */
function holds({ test, values, kind, isBytes }: Condition, value: string | null | undefined): boolean | null {
  if (value === undefined) return null;
  if (test === 'isNull') return (value === null) === (values[0] === 'true');
  if (value === null) return false;
  const each = values.map((wanted) => {
    switch (test) {
      case 'startsWith':
        return value.startsWith(wanted);
      case 'contains':
        return isPlain(value) && isPlain(wanted) ? value.toLowerCase().includes(wanted.toLowerCase()) : null;
      default:
        return compares(test, compareTexts(kind, isBytes || test === '=', value, wanted));
    }
  });
  return each.includes(true) ? true : each.includes(null) ? null : false;
}

/** Which letters are the same but for their case is for the database to say where there are more than these. */
const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

function compares(test: '=' | '<' | '<=' | '>' | '>=', difference: number): boolean | null {
  if (Number.isNaN(difference)) return null;
  switch (test) {
    case '=':
      return difference === 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
  }
}

/** In the list's own order; nulls are last in both directions. NaN where it cannot be said. */
function comparePlaces(
  { sorting, descending }: ListGround,
  one: readonly (string | null | undefined)[],
  other: readonly (string | null)[],
): number {
  for (const [at, { kind, isBytes }] of sorting.entries()) {
    const [left, right] = [one[at], other[at]];
    if (left === undefined || right === undefined) return Number.NaN;
    if (left === null || right === null) {
      if (left === right) continue;
      return left === null ? 1 : -1;
    }
    const difference = compareTexts(kind, isBytes, left, right);
    if (difference !== 0) return descending ? -difference : difference;
  }
  return 0;
}

/** Whether what rests on these may be another one by one of the changes. */
export function isTouched({ tags, lists }: Grounds, changes: readonly Change[]): boolean {
  if (changes.length === 0) return false;
  const uses = new Map(tags);
  return changes.some((change) => {
    const { hash, op } = change;
    if (op === 'all' && tags.some(([tag]) => tag.startsWith(rowTag(hash, '')) || tag.startsWith(`c${hash}:`)))
      return true;
    const isTagged = tagsOf(change).some((tag) => {
      const columns = uses.get(tag);
      return columns !== undefined && concerns(change, columns);
    });
    return isTagged || lists.some((list) => list.hash === hash && concernsList(change, list));
  });
}
