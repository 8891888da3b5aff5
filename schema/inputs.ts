/**
 * The input types of lists: which operators a field may be filtered by, and how an order is asked for.
 *
 * Offered is what an index serves. A field that is only searched has no equality, one that is only filtered
 * no `contains`.
 */
import type { FlatField, FlatType } from '../replica/flat-type.ts';
import { filterType, orderFieldType, orderType, pluralWords, screamingCase } from './names.ts';

const OPERATORS = {
  eq: 'Equal to this.',
  in: 'Equal to one of these. An empty list matches nothing.',
  lt: 'Below this.',
  lte: 'Below or equal to this.',
  gt: 'Above this.',
  gte: 'Above or equal to this.',
  startsWith: 'Begins with this text, upper and lower case as written.',
  contains: 'Contains this text of at least three characters, upper and lower case alike.',
  isNull: '`true`: has no value. `false`: has one.',
} as const;
type Operator = keyof typeof OPERATORS;

const RANGE: readonly Operator[] = ['eq', 'in', 'lt', 'lte', 'gt', 'gte'];

/** The name of the input type a field is filtered with, and its operators; undefined where it is not offered. */
function conditionOf(field: FlatField): { readonly name: string; readonly operators: readonly Operator[] } | undefined {
  if (!field.filter) return field.search ? { name: 'TextSearch', operators: ['contains'] } : undefined;
  if (field.values) return { name: filterType(field.type), operators: ['eq', 'in', 'isNull'] };
  switch (field.type) {
    case 'ID':
      return { name: 'IDFilter', operators: ['eq', 'in', 'isNull'] };
    case 'Boolean':
      return { name: 'BooleanFilter', operators: ['eq', 'isNull'] };
    case 'String':
      return field.search
        ? { name: 'SearchableStringFilter', operators: [...RANGE, 'startsWith', 'contains', 'isNull'] }
        : { name: 'StringFilter', operators: [...RANGE, 'startsWith', 'isNull'] };
    default:
      return { name: filterType(field.type), operators: [...RANGE, 'isNull'] };
  }
}

/** The conditions a type's fields need, by name; several types share them. */
export function conditionTypes(types: readonly FlatType[]): ReadonlyMap<string, string> {
  const conditions = new Map<string, string>();
  for (const field of types.flatMap((type) => type.fields)) {
    const condition = conditionOf(field);
    if (!condition) continue;
    const fields = condition.operators.map((operator) => {
      const type = operator === 'isNull' ? 'Boolean' : operator === 'in' ? `[${field.type}!]` : field.type;
      return `${describe(OPERATORS[operator])} ${operator}: ${type}`;
    });
    const what = field.values ? `the ${field.type} of a field` : `a field of type ${field.type}`;
    conditions.set(
      condition.name,
      `${describe(`Conditions on ${what}. All that are given must hold.`)} input ${condition.name} { ${fields.join('\n')} }`,
    );
  }
  return conditions;
}

export function filterInput(type: FlatType): string | undefined {
  const fields = type.fields.flatMap((field) => {
    const condition = conditionOf(field);
    return condition ? [`${describe(`By \`${field.name}\`.`)} ${field.name}: ${condition.name}`] : [];
  });
  if (fields.length === 0) return undefined;
  return `${describe(`Which ${pluralWords(type.name)} to list. All conditions that are given must hold.`)}
    input ${filterType(type.name)} { ${fields.join('\n')} }`;
}

export function orderInput(type: FlatType): string | undefined {
  const sorted = type.fields.filter((field) => field.sort);
  if (sorted.length === 0) return undefined;
  return `
    ${describe(`How to sort ${pluralWords(type.name)}. Rows that are equal in it follow each other by id.`)}
    input ${orderType(type.name)} {
      "The field to sort by."
      field: ${orderFieldType(type.name)}!
      "Upwards or downwards. Rows without a value come last either way."
      direction: SortDirection! = ASC
    }
    ${describe(`What ${pluralWords(type.name)} can be sorted by.`)}
    enum ${orderFieldType(type.name)} {
      ${sorted.map((field) => `${describe(`By \`${field.name}\`.`)} ${screamingCase(field.name)}`).join('\n')}
    }`;
}

export const describe = (text: string): string => JSON.stringify(text);
