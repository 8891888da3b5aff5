/**
 * `$filter` and `$orderby` of an OData address, as far as the feed goes: comparisons of columns with values (`eq ne lt le
 * gt ge`, `in`), joined by `and`. What goes further is refused by name: passed over, it would answer another question.
 */
import { ErrorCode } from '../../runtime/errors.ts';
import type { RefinedOrder, RefinedWhere } from '../../subgraphs/dataset.ts';
import { type Refusal, refusal } from '../refusal.ts';
import type { Column, Dataset } from './dataset.ts';

const bad = (message: string): Refusal => refusal(400, ErrorCode.BadUserInput, message);

const TOKEN = /\s*(?:('(?:[^']|'')*')|([(),])|([^\s(),']+))/y;
const OPERATORS: Readonly<Record<string, RefinedWhere['operator']>> = {
  eq: '=',
  ne: '<>',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

export function filterOf(dataset: Dataset, text: string): RefinedWhere[] {
  const tokens = tokensOf(text);
  const take = (): string => tokens.shift() ?? '';
  const wanted = (token: string): void => {
    const found = take();
    if (found !== token) throw bad(`$filter: "${token}" is wanted, not "${found}".`);
  };
  const comparison = (): RefinedWhere[] => {
    if (tokens[0] === '(') {
      take();
      const within = conjunction();
      wanted(')');
      return within;
    }
    const column = columnOf(dataset, take(), '$filter');
    const word = take();
    if (word === 'in') {
      wanted('(');
      const values = [literalOf(column, take())];
      while (tokens[0] === ',') {
        take();
        values.push(literalOf(column, take()));
      }
      wanted(')');
      return [{ column: column.name, operator: '=', values }];
    }
    const operator = OPERATORS[word];
    if (!operator)
      throw bad(`$filter: "${word}" is not known here; there are ${Object.keys(OPERATORS).join(' ')} in and.`);
    return [{ column: column.name, operator, values: [literalOf(column, take())] }];
  };
  const conjunction = (): RefinedWhere[] => {
    const found = comparison();
    while (tokens[0] === 'and') {
      take();
      found.push(...comparison());
    }
    return found;
  };
  const found = conjunction();
  if (tokens.length > 0) throw bad(`$filter: "${tokens[0]}" is not known here; comparisons are joined by and.`);
  return found;
}

export function orderOf(dataset: Dataset, text: string): RefinedOrder[] {
  return text.split(',').map((one) => {
    const [name = '', direction = 'asc', ...others] = one.trim().split(/\s+/);
    if (others.length > 0 || !/^(asc|desc)$/.test(direction)) throw bad('$orderby: columns, each with asc or desc.');
    return { column: columnOf(dataset, name, '$orderby').name, descending: direction === 'desc' };
  });
}

export function columnOf({ columns }: Dataset, name: string, option: string): Column {
  const found = columns.find((column) => column.name === name);
  if (!found) throw bad(`${option}: there is no column "${name}".`);
  return found;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(text); found; found = TOKEN.exec(text))
    tokens.push(found[1] ?? found[2] ?? found[3] ?? '');
  if (tokens.length === 0) throw bad('$filter: is empty.');
  return tokens;
}

const FORMS: Readonly<Record<string, RegExp>> = {
  Int: /^-?\d{1,18}$/,
  BigInt: /^-?\d{1,18}$/,
  Float: /^-?\d+(\.\d+)?$/,
  Decimal: /^-?\d{1,100}(\.\d{1,100})?$/,
  Boolean: /^(true|false)$/,
  Date: /^\d{4}-\d\d-\d\d$/,
  DateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d)$/,
};

/** Null where the literal is. */
function literalOf({ name, type }: Column, literal: string): string | null {
  if (literal === 'null') return null;
  const form = FORMS[type];
  if (form) {
    const isTime = type === 'Date' || type === 'DateTime';
    if (form.test(literal) && (!isTime || isDay(literal.slice(0, 10)))) return literal;
    throw bad(`$filter: ${literal} is no value of ${name}, a ${type}.`);
  }
  if (!/^'.*'$/s.test(literal) || literal.includes('\0'))
    throw bad(`$filter: ${name} is compared with a text in quotes.`);
  return literal.slice(1, -1).replaceAll("''", "'");
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
