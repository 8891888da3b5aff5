/**
 * A table newly mirrored, with a new column, or fit again, copied while the stream runs.
 *
 * From the moment it begins, the stream's rows of this table are remembered as touched: they are newer.
 */
import type { CopyWriter } from '../../erp/connector.ts';
import { connect } from '../connect.ts';
import { indexMirror, storedTables } from '../mirror.ts';
import { ident } from '../sql.ts';
import { mergeCopy } from './merge.ts';
import { resumeFitting } from './resume.ts';
import { copyInto, remake, type SnapshotTarget, withIndexes } from './snapshot.ts';

export async function beginTableCopy(target: SnapshotTarget, name: string): Promise<CopyWriter> {
  const db = await connect(target.connectionString, 'builder');
  const table = (await storedTables(db)).find((one) => one.name === name);
  if (!table) throw new TypeError(`${name} is not mirrored`);
  await remake(db, table);
  await target.applier.turn(async ({ db: turn }) => {
    await turn.query('delete from skiff.touched where table_name = $1', [name]);
    await turn.query('update skiff.mirror_table set copying = true where name = $1', [name]);
    target.applier.forget();
  });
  return {
    copy: (_table, columns, rows) => copyInto(db, 'copying', name, columns, rows),
    async commit() {
      await db.query(`analyze copying.${ident(name)}`);
      await mergeCopy(db, target.applier, table, 'no deletions');
      await indexMirror(
        db,
        (await withIndexes(db, target)).filter((one) => one.name === name),
      );
      await db.query(`analyze erp.${ident(name)}`);
      await target.applier.turn(async ({ db: turn }) => {
        await turn.query(`update skiff.mirror_table set state = 'ready', copying = false where name = $1`, [name]);
        await turn.query('delete from skiff.touched where table_name = $1', [name]);
        await resumeFitting(turn);
        target.applier.forget();
      });
      await db.query(`drop table copying.${ident(name)}`);
      await db.end();
    },
    async abort() {
      await db.end();
    },
  };
}
