/** Whether a read model's columns are what its flat type's fields need. */
import type { FlatField, FlatType } from '../flat-type.ts';
import type { KeyColumn } from './definition.ts';

interface Misfit {
  readonly problem: string;
  readonly remedy: string;
}

const text = /^(text|character varying|character)\b/;
const whole = /^(smallint|integer|bigint)$/;

const fitting: Readonly<Record<string, RegExp>> = {
  ID: new RegExp(`${text.source}|${whole.source}`),
  String: text,
  Int: /^(smallint|integer)$/,
  Float: /^(real|double precision)$/,
  Boolean: /^boolean$/,
  Decimal: /^(numeric|double precision|real|smallint|integer|bigint)/,
  BigInt: whole,
  Date: /^date$/,
  DateTime: /^timestamp/,
};

export function misfits(
  type: FlatType,
  model: { readonly columns: Readonly<Record<string, string>>; readonly key: readonly KeyColumn[] },
): Misfit[] {
  const found: Misfit[] = [];
  const named = new Set(model.key.map(({ column }) => column));
  for (const field of type.fields) {
    if (field.computed !== undefined || field.name === 'id') continue;
    named.add(field.column);
    const sqlType = model.columns[field.column];
    if (sqlType === undefined) {
      found.push({
        problem: `${type.name}.${field.name} needs a column "${field.column}"`,
        remedy: `Select it as ${field.column}, or take the field out of the type.`,
      });
    } else if (!expected(field).test(sqlType)) {
      found.push({
        problem: `column "${field.column}" is ${sqlType}, which does not fit ${type.name}.${field.name}: ${field.type}`,
        remedy: 'Cast the column or change the field.',
      });
    }
  }
  for (const column of Object.keys(model.columns)) {
    if (!named.has(column)) {
      found.push({
        problem: `column "${column}" is no field of ${type.name}`,
        remedy: 'Add a field for it or leave the column out.',
      });
    }
  }
  return found;
}

/** An enum's values are text. */
const expected = (field: FlatField): RegExp => fitting[field.type] ?? text;
