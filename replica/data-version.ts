/**
 * The data version of a read model: as long as it stays the same, so do the rows.
 *
 * It is made of the definition and of the batch that changed a row last, which outlives the change log; and of the
 * database's epoch, since batches are numbered from nought in each. What depends on the day changes without it.
 */
import type pg from 'pg';

export interface DataVersions {
  /** As this process has last seen it. */
  version(type: string): string;
}

export const dataVersion = ({ epoch, hash, lastChange }: { epoch: string; hash: string; lastChange: string }): string =>
  `${epoch}-${hash}-${lastChange}`;

/** Of these definitions, by their hash, as the transaction's snapshot has them. */
export async function dataVersionsIn(
  db: pg.ClientBase,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ epoch: string; hash: string; lastChange: string }>({
    name: 'data_versions',
    text: /* sql */ `
      select h.epoch, m.hash, m.last_change::text as "lastChange" from skiff.head h, skiff.read_model m
      where m.hash = any($1)`,
    values: [hashes],
  });
  return new Map(rows.map((row) => [row.hash, dataVersion(row)]));
}
