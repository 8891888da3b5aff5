/**
 * Makes the answer's objects out of rows of texts, with the errors and nulls GraphQL asks for.
 *
 * A place in the answer is told only where something is wrong: whoever finds a fault gives its own key, and
 * each one further out puts its key before.
 */
import type { RowColumns, TextRow } from '../../replica/read.ts';
import type { Output, RowShape } from './shape.ts';

/** Something that cannot be answered, and where. */
export interface Fault {
  readonly path: (string | number)[];
  readonly error: Error;
}

/** Null where there is nothing, or where a fault was added. */
export type Complete = (texts: TextRow, faults: Fault[]) => unknown;

/** Of an object: null when one of its values was a fault that it must not be without. */
export function rowCompleter({ outputs }: RowShape, columns: RowColumns): Complete {
  const keys = outputs.map(({ key }) => key);
  const completers = outputs.map((output) => completer(output, columns));
  const needed = outputs.map((output) => !isNullable(output));
  // A copy of one object is of one form, which makes it cheaper than an object that grows.
  const empty = Object.fromEntries(keys.map((key): [string, unknown] => [key, null]));
  return (texts, faults) => {
    const row = { ...empty };
    for (let at = 0; at < keys.length; at++) {
      const value = completers[at]?.(texts, faults) ?? null;
      if (value === null && needed[at]) return null;
      row[keys[at] ?? ''] = value;
    }
    return row;
  };
}

const isNullable = (output: Output): boolean => !('isNullable' in output) || output.isNullable;

function completer(output: Output, columns: RowColumns): Complete {
  const { key } = output;
  switch (output.kind) {
    case 'constant':
      return () => output.value;
    case 'id':
      return columns.id;
    case 'field':
      return leafCompleter(output, columns.fields[output.at] ?? 0);
    case 'one': {
      const reference = columns.references[output.at];
      if (reference?.cardinality !== 'one') throw new TypeError(`"${key}" was not read as a reference to one`);
      const { row } = reference;
      const complete = underKey(key, rowCompleter(output.row, row));
      return (texts, faults) => (row.id(texts) === null ? null : complete(texts, faults));
    }
    case 'many': {
      const reference = columns.references[output.at];
      if (reference?.cardinality !== 'many') throw new TypeError(`"${key}" was not read as a reference to many`);
      const { rows } = reference;
      const complete = listCompleter(rowCompleter(output.row, reference.row), output.hasNullableItems);
      return underKey(key, (texts, faults) => {
        try {
          return complete(rows(texts), faults);
        } catch (error) {
          return failed(faults, error);
        }
      });
    }
  }
}

function leafCompleter({ key, leaf, isNullable }: Output & { kind: 'field' }, at: number): Complete {
  return (texts, faults) => {
    const text = texts[at] ?? null;
    try {
      if (text !== null) return leaf(text);
      if (!isNullable) throw new TypeError('There must be a value here');
      return null;
    } catch (error) {
      return failed(faults, error, key);
    }
  };
}

/** Null when an item that may not be null is one. */
export function listCompleter(
  item: Complete,
  hasNullableItems: boolean,
): (rows: readonly TextRow[], faults: Fault[]) => unknown {
  return (rows, faults) => {
    const answers: unknown[] = [];
    for (let at = 0; at < rows.length; at++) {
      const before = faults.length;
      const answer = item(rows[at] ?? [], faults);
      if (faults.length > before) prefix(faults, before, at);
      if (answer === null && !hasNullableItems) return null;
      answers.push(answer);
    }
    return answers;
  };
}

/** Tells the faults within it that they stand under this key. */
export function underKey<Rows>(
  key: string,
  complete: (rows: Rows, faults: Fault[]) => unknown,
): (rows: Rows, faults: Fault[]) => unknown {
  return (rows, faults) => {
    const before = faults.length;
    const value = complete(rows, faults);
    if (faults.length > before) prefix(faults, before, key);
    return value;
  };
}

/** Adds a fault; its place is the key, or that of whoever asked. */
export function failed(faults: Fault[], error: unknown, ...path: string[]): null {
  faults.push({ path, error: error instanceof Error ? error : new Error(String(error)) });
  return null;
}

function prefix(faults: readonly Fault[], from: number, key: string | number): void {
  for (const { path } of faults.slice(from)) path.unshift(key);
}
