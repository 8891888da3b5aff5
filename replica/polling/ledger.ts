/**
 * The ledger: is the copy complete? Every table is read once more through the ERP's API, by ranges of keys, and count and
 * hash of each range are held against the mirror's.
 *
 * The ERP does not stand still meanwhile. Rows that differ are therefore looked at again, in both, after the time a poll
 * takes; what differs then as well is a difference.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { CallBudget } from '../../erp/budget.ts';
import type { RowText } from '../../erp/change.ts';
import type { MirrorTable } from '../../erp/connector.ts';
import type { KeyPage, RowKey, Transport } from '../../erp/transport.ts';
import { keyText } from '../apply/fold.ts';
import { keyArrays } from '../apply/mirror-rows.ts';
import { equal, ident, list, mirrorTable, unnested } from '../sql.ts';

export interface LedgerSettings {
  readonly transport: Transport;
  readonly budget: Pick<CallBudget, 'call'>;
  /** Between two looks at rows that differ. */
  readonly lookAgainMs: number;
  readonly signal: AbortSignal;
}

export interface TableLedger {
  readonly table: string;
  readonly rows: number;
  readonly ranges: number;
  /** Ranges whose count or hash differed at the first look. */
  readonly unequalRanges: number;
  /** Rows that differ, are missing or are too many, at the last look. */
  readonly differences: number;
  /** Some of their keys. */
  readonly sample: readonly RowKey[];
}

interface Side {
  /** Key → the row in one line. */
  readonly lines: ReadonlyMap<string, string>;
  readonly hash: string;
}

const LOOKS_AGAIN = 2;
const SAMPLE = 5;

export async function tableLedger(db: pg.Client, table: MirrorTable, settings: LedgerSettings): Promise<TableLedger> {
  const { transport, budget, signal, lookAgainMs } = settings;
  const call = <Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> =>
    budget.call('backfill', work, { signal, isRepeatable: true });
  const original = async (keys: readonly RowKey[]): Promise<Side> => {
    const rows: RowText[] = [];
    for (let at = 0; at < keys.length; at += transport.keysPerCall) {
      const some = keys.slice(at, at + transport.keysPerCall);
      const found = await call((calling) => transport.byKeys(table.name, some, calling));
      rows.push(...found.map(({ row }) => row));
    }
    return sideOf(table, rows);
  };
  const listed = new Set<string>();
  const suspects: RowKey[] = [];
  let [ranges, unequalRanges] = [0, 0];
  for (let after: RowKey | null = null; ; ) {
    const from: RowKey | null = after;
    const { keys, next }: KeyPage = await call((calling) => transport.keys(table.name, from, calling));
    const [theirs, ours] = [await original(keys), sideOf(table, await mirrored(db, table, keys))];
    ranges++;
    if (theirs.hash !== ours.hash) unequalRanges++;
    suspects.push(...differing(keys, theirs, ours));
    for (const key of keys) listed.add(keyText(key));
    if (next === null) break;
    after = next;
  }
  suspects.push(...(await allKeys(db, table)).filter((key) => !listed.has(keyText(key))));

  let wrong: readonly RowKey[] = suspects;
  for (let look = 0; look <= LOOKS_AGAIN && wrong.length > 0; look++) {
    if (look > 0) await sleep(lookAgainMs, undefined, { signal });
    wrong = differing(wrong, await original(wrong), sideOf(table, await mirrored(db, table, wrong)));
  }
  return {
    table: table.name,
    rows: listed.size,
    ranges,
    unequalRanges,
    differences: wrong.length,
    sample: wrong.slice(0, SAMPLE),
  };
}

const differing = (keys: readonly RowKey[], theirs: Side, ours: Side): RowKey[] =>
  theirs.hash === ours.hash
    ? []
    : keys.filter((key) => theirs.lines.get(keyText(key)) !== ours.lines.get(keyText(key)));

function sideOf(table: MirrorTable, rows: readonly RowText[]): Side {
  const columns = Object.keys(table.columns);
  const lines = new Map(
    rows.map((row) => [
      keyText(table.key.map((column) => row[column] ?? '')),
      JSON.stringify(columns.map((column) => row[column] ?? null)),
    ]),
  );
  const hash = createHash('sha256');
  for (const line of [...lines.values()].sort()) hash.update(line).update('\n');
  return { lines, hash: `${lines.size} ${hash.digest('hex')}` };
}

async function mirrored(db: pg.Client, table: MirrorTable, keys: readonly RowKey[]): Promise<RowText[]> {
  const types = table.key.map((column) => ({ column, type: table.columns[column] ?? 'text' }));
  const { rows } = await db.query<RowText>(
    `select ${list(Object.keys(table.columns), (name) => `t.${ident(name)}`)} from ${unnested(types)}
     join ${mirrorTable(table.name)} t on ${equal(table.key, 't', 'k')}`,
    keyArrays(keys, table.key.length),
  );
  return rows;
}

async function allKeys(db: pg.Client, table: MirrorTable): Promise<string[][]> {
  const { rows } = await db.query<string[]>({
    text: `select ${list(table.key, (name) => `${ident(name)}::text`)} from ${mirrorTable(table.name)}`,
    rowMode: 'array',
  });
  return rows;
}
