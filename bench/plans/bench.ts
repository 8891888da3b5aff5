/**
 * What PostgreSQL looks at, in blocks, to make one key of each read model and one page of each offered filter, order and
 * search: at most 200, and little more when the ERP is larger.
 *
 * `--lines 100000,500000`
 */
import { connect } from '../../replica/connect.ts';
import { type Cost, keyCosts, pageCosts } from '../../test/erp/plan-costs.ts';
import { benchDatabases } from '../databases.ts';
import { round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { readModels } from '../read-models.ts';
import { startReplica } from '../roles.ts';

const MOST_BLOCKS = 200;
const MOST_GROWTH = 1.5;
/** What growth is counted from. Below it, it says how small the table was: a page's rows may lie in a block each. */
const FEW_BLOCKS = { key: 20, page: 60 };

interface StatementCost extends Cost {
  readonly kind: keyof typeof FEW_BLOCKS;
}

interface Growth {
  readonly what: string;
  readonly blocks: number;
  readonly growth: number;
}

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const [few = 0, many = 0] = flags.numbers('lines', [100_000, 500_000], [1_000, 4_000]);
  flags.refuseOthers();
  const small = await statementCosts(few);
  const large = await statementCosts(many);

  const grown = large.flatMap(({ what, blocks, kind }): Growth[] => {
    const before = small.find((one) => one.what === what);
    return before ? [{ what, blocks, growth: round(blocks / Math.max(before.blocks, FEW_BLOCKS[kind])) }] : [];
  });
  if (grown.length === 0) throw new Error('There is no statement that both sizes have');
  const over = grown.filter(({ blocks, growth }) => blocks > MOST_BLOCKS || growth > MOST_GROWTH);
  for (const { what, blocks, growth } of over) say(`${what}: ${blocks} blocks, ${growth} times as many`);
  return {
    lines: [few, many],
    statements: grown.length,
    worstBuffers: Math.max(...large.map(({ blocks }) => blocks)),
    worstGrowth: Math.max(...grown.map(({ growth }) => growth)),
    over,
  };
}

async function statementCosts(lines: number): Promise<StatementCost[]> {
  await using databases = await benchDatabases({ lines });
  await using running = startReplica(databases);
  await running.ready;
  await using models = await readModels(databases.replica);
  const client = await connect(databases.replica.url, 'builder');
  try {
    say(`Looking at the plans at ${lines} lines`);
    const keys = await keyCosts(client, models.definitions);
    const pages = await pageCosts(databases.replica.url, models.schema, models.served);
    return [
      ...keys.map((cost) => ({ ...cost, kind: 'key' as const })),
      ...pages.map((cost) => ({ ...cost, kind: 'page' as const })),
    ];
  } finally {
    await client.end();
  }
}
