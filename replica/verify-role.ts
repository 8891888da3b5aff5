/** `npm run verify`: every read model against the mirror, a line each, and a verdict as one JSON line at the end. */
import { connect } from './connect.ts';
import { verifyAll } from './verify.ts';

/** Resolves with whether everything is as it ought to be. */
export async function runVerify(databaseUrl: string): Promise<boolean> {
  const db = await connect(databaseUrl, 'builder');
  try {
    const verdicts = await verifyAll(db, ({ model, rows, differences, pending, quarantined, sample }) => {
      const apart = [pending ? `${pending} pending` : '', quarantined ? `${quarantined} quarantined` : ''].filter(
        Boolean,
      );
      const keys = sample.map((key) => key.join(':')).join(', ');
      process.stderr.write(
        `${model}: ${rows} rows, ${differences} differences${apart.length ? ` (${apart.join(', ')})` : ''}${keys ? `: ${keys}` : ''}\n`,
      );
    });
    const sum = (of: 'rows' | 'differences') => verdicts.reduce((total, verdict) => total + verdict[of], 0);
    const differences = sum('differences');
    process.stdout.write(`${JSON.stringify({ types: verdicts.length, rows: sum('rows'), differences })}\n`);
    return differences === 0;
  } finally {
    await db.end();
  }
}
