/** Which rows of a type may be seen at all: a condition on every read of its table, wherever in a statement it stands. */
import type { FlatTable } from './flat-table.ts';
import type { StatementWriter } from './statement.ts';

export const visible = ({ type }: FlatTable, statement: StatementWriter): string[] =>
  type.where === undefined ? [] : [`(${statement.declared(type.where)})`];
