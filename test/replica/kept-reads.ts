/** Reads of read models that are kept, beside the same reads that are not, over an ERP that changes. */
import pg from 'pg';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { rowPool } from '../../replica/connect.ts';
import type { FlatSchema } from '../../replica/flat-type.ts';
import { type FlatReads, flatReads, type KeptRows } from '../../replica/read.ts';
import { scopedRows } from '../../replica/scoped-rows.ts';
import { type Serving, serveModels } from '../../replica/serving.ts';
import { FollowedCache } from '../../subgraphs/followed-cache.ts';
import { type SmallErp, schema } from './small-erp.ts';

export interface KeptReads extends AsyncDisposable {
  readonly cache: FollowedCache<KeptRows>;
  readonly serving: Serving;
  readonly kept: FlatReads;
  readonly unkept: FlatReads;
}

/** The small ERP's types, of no plant, one of which refers to another. */
export const keptSchema: FlatSchema = {
  types: schema.types.map((type) => ({ ...type, plant: { none: 'a test' } })),
  references: schema.references,
};

const DAY = '2026-02-01';

export async function keptReads(url: string, { replica }: Pick<SmallErp, 'replica'>): Promise<KeptReads> {
  const db = new pg.Pool({ connectionString: url, max: 3, types: { getTypeParser: () => String } });
  const rows = scopedRows(rowPool(url, 3));
  const serving = await serveModels(db, replica.definitions);
  const { changes, isFollowing } = serving;
  const cache = new FollowedCache<KeptRows>({ changes, isFollowing, maxBytes: 10_000_000 });
  return {
    cache,
    serving,
    kept: flatReads(keptSchema, serving, rows, cache)(DAY, ALL_PLANTS),
    unkept: flatReads(keptSchema, serving, rows)(DAY, ALL_PLANTS),
    async [Symbol.asyncDispose]() {
      serving.close();
      await Promise.all([db.end(), rows.end()]);
    },
  };
}
