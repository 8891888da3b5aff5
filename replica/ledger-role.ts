/** `npm start -- ledger`: whether the copy made through the ERP's API is complete, a line for each table and a verdict as one JSON line. */
import type { Connector } from '../erp/connector.ts';
import { connect } from './connect.ts';
import { type LedgerSettings, tableLedger } from './polling/ledger.ts';

/** Resolves with whether it is. */
export async function runLedger(databaseUrl: string, connector: Connector, settings: LedgerSettings): Promise<boolean> {
  const db = await connect(databaseUrl, 'builder');
  const total = { tables: 0, ranges: 0, rows: 0, differences: 0 };
  try {
    for (const table of connector.tables) {
      const { rows, ranges, differences, sample } = await tableLedger(db, table, settings);
      const keys = sample.map((key) => key.join(':')).join(', ');
      process.stderr.write(
        `${table.name}: ${rows} rows in ${ranges} ranges, ${differences} differences${keys && `: ${keys}`}\n`,
      );
      total.tables++;
      total.rows += rows;
      total.ranges += ranges;
      total.differences += differences;
    }
  } finally {
    await db.end();
  }
  const isComplete = total.differences === 0;
  process.stdout.write(`${JSON.stringify({ ...total, isComplete })}\n`);
  return isComplete;
}
