/**
 * Whether a table of the ERP is as the connector declares it.
 *
 * Columns that we do not mirror are ignored. A column that was renamed is one missing and one unknown. A table
 * whose rows can no longer be told apart by the declared key lacks its key columns.
 */
import type { MirrorTable, TableFault } from '../connector.ts';
import type { FoundTable } from './catalog.ts';
import { fits, type TypeNames, typeText } from './column-type.ts';
import type { Relation } from './pgoutput.ts';

/** What the catalog and the stream both say of a table. */
export interface TableShape {
  readonly columns: readonly { readonly name: string; readonly typeOid: number; readonly typeModifier: number }[];
  /** What the table as a whole lacks, in words. */
  readonly lacks: string | null;
  /** What is wrong with its key, in words. */
  readonly keyFault: string | null;
}

export function shapeOfFound(table: MirrorTable, found: FoundTable | undefined): TableShape {
  if (!found || found.kind === 'other') return { columns: [], lacks: 'no such table', keyFault: null };
  const columns = found.columns.filter(({ isGenerated }) => !isGenerated);
  return {
    columns,
    lacks: found.isPublished ? null : 'not in the publication',
    keyFault: replicaIdentityFault(found.replicaIdentity) ?? keyFault(table, found.key),
  };
}

export function shapeOfRelation(table: MirrorTable, { columns, replicaIdentity }: Relation): TableShape {
  const identity = columns.filter(({ isIdentity }) => isIdentity).map(({ name }) => name);
  return {
    columns,
    lacks: null,
    // Under `full` every column is marked, and the key is not told.
    keyFault: replicaIdentityFault(replicaIdentity) ?? (replicaIdentity === 'full' ? null : keyFault(table, identity)),
  };
}

function replicaIdentityFault(identity: Relation['replicaIdentity']): string | null {
  return identity === 'default' || identity === 'full' ? null : `replica identity ${identity}`;
}

function keyFault({ key }: MirrorTable, found: readonly string[]): string | null {
  if (found.length === 0) return 'no primary key';
  const isSame = found.length === key.length && key.every((column) => found.includes(column));
  return isSame ? null : `primary key (${found.join(', ')})`;
}

export async function faultsOf(table: MirrorTable, shape: TableShape, types: TypeNames): Promise<TableFault[]> {
  const declared = Object.entries(table.columns);
  const { lacks } = shape;
  if (lacks !== null)
    return declared.map(([column, expected]) => ({ column, problem: 'missing', expected, found: lacks }));

  const declaredTypes = await types.declared(declared.map(([, type]) => type));
  const foundTypes = await types.found(shape.columns);
  const foundBy = new Map(shape.columns.map(({ name }, at) => [name, foundTypes[at]]));
  return declared.flatMap(([column, expected], at): TableFault[] => {
    if (shape.keyFault !== null && table.key.includes(column)) {
      return [{ column, problem: 'missing', expected: `primary key (${table.key.join(', ')})`, found: shape.keyFault }];
    }
    const found = foundBy.get(column);
    if (!found) return [{ column, problem: 'missing', expected }];
    const wanted = declaredTypes[at];
    return wanted && fits(found, wanted) ? [] : [{ column, problem: 'type', expected, found: typeText(found) }];
  });
}
