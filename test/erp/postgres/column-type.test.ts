/** Which types of the ERP's columns the declared ones hold. */
import { expect, test } from 'vitest';
import { type ColumnType, declaredType, fits, typeText } from '../../../erp/postgres/column-type.ts';

const type = (text: string): ColumnType => declaredType(text.replace(/\(.*\)/, ''), text);

const holding: [found: string, declared: string][] = [
  ['integer', 'integer'],
  ['smallint', 'integer'],
  ['integer', 'bigint'],
  ['bigint', 'numeric'],
  ['real', 'double precision'],
  ['character varying(10)', 'character varying'],
  ['character varying(10)', 'text'],
  ['text', 'character varying'],
  ['character(4)', 'text'],
  ['name', 'text'],
  ['character varying(10)', 'character varying(20)'],
  ['numeric(10,2)', 'numeric'],
  ['numeric(10,2)', 'numeric(12,2)'],
  ['timestamp without time zone(3)', 'timestamp without time zone'],
  ['text[]', 'text[]'],
];
test.each(holding)('%s is held by %s', (found, declared) => {
  expect(fits(type(found), type(declared))).toBe(true);
});

const refused: [found: string, declared: string][] = [
  ['bigint', 'integer'],
  ['numeric', 'bigint'],
  ['numeric', 'double precision'],
  ['text', 'integer'],
  ['integer', 'text'],
  ['text', 'numeric'],
  ['character varying', 'character varying(10)'],
  ['character varying(20)', 'character varying(10)'],
  ['text', 'character varying(10)'],
  ['character(4)', 'character(8)'],
  ['character varying(4)', 'character'],
  ['numeric(12,3)', 'numeric(12,2)'],
  ['numeric(14,2)', 'numeric(12,2)'],
  ['numeric', 'numeric(12,2)'],
  ['timestamp without time zone', 'timestamp with time zone'],
  ['timestamp without time zone', 'date'],
  ['json', 'jsonb'],
  ['text', 'text[]'],
];
test.each(refused)('%s is not held by %s', (found, declared) => {
  expect(fits(type(found), type(declared))).toBe(false);
});

test.each(['character varying(10)', 'numeric(12,3)', 'numeric(5,-2)', 'text', 'character(4)'])(
  '%s is told as it is',
  (text) => {
    expect(typeText(type(text))).toBe(text);
  },
);
