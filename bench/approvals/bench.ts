/**
 * Whether approvals hold: random interleavings of proposals, edits, approvals, rejections, expiry and changes of what they
 * rest on, by six people of other plants and scopes. All but the first figures have to be nought.
 *
 * `--interleavings 10000 --seed 1`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../runtime/embedded-postgres.ts';
import { fuzzApprovals } from '../../test/commands/approval-fuzz.ts';
import { commandOffice } from '../../test/commands/commands.ts';
import type { Flags } from '../flags.ts';

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const interleavings = flags.number('interleavings', 10_000, 100);
  const seed = flags.number('seed', 1);
  flags.refuseOthers();
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  // What is judged is who may do what, not whether it outlives the machine.
  const server = opened.use(await startPostgres({ dataDir: join(folder, 'postgres'), settings: { fsync: 'off' } }));
  const pool = new pg.Pool({ connectionString: server.connectionString() });
  pool.on('error', () => {});
  const office = opened.use(
    await commandOffice(async () => ({
      url: server.connectionString(),
      query: (text) => pool.query(text),
      [Symbol.asyncDispose]: () => pool.end(),
    })),
  );
  const figures = await fuzzApprovals(office, interleavings, seed);
  const { interleavings: _rounds, proposed, applied, ...faults } = figures;
  if (applied === 0 || Object.values(faults).some((count) => count > 0)) {
    throw new Error(`Not as it must be: ${JSON.stringify({ seed, ...figures })}`);
  }
  return { ...figures, seed };
}
