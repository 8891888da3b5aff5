/**
 * `npm run bench -- same-rows --rounds 50 --lines 5000 --rate 40`: each dataset against the pages of its document through
 * GraphQL, row for row, while the ERP works.
 *
 * Two readings are of the same data only when nothing is applied between them. So each round holds the lock of the
 * applier, reads both ways, and lets it go on: what came meanwhile is in the next round's.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { runTraffic } from '../../erp/sandbox/traffic.ts';
import { lockKey } from '../../replica/locks.ts';
import { type DatasetDescription, readDatasets } from '../../schema/datasets.ts';
import { DOCUMENTS } from '../../schema/registry.ts';
import { benchDatabases, type Database } from '../databases.ts';
import { say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { startSkiff } from '../roles.ts';
import { until } from '../until.ts';

const PAGE = 500;
/** For the applier, between two rounds. */
const PAUSE_MS = 300;
/** Nothing is fresher than what the applier did before it was held. */
const NEVER_STALE = '9999m';

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const rounds = flags.number('rounds', 50, 2);
  const lines = flags.number('lines', 5_000, 500);
  const ratePerSecond = flags.number('rate', 40, 40);
  const seed = flags.number('seed', 1);
  flags.refuseOthers();

  const { described, problems } = readDatasets([DOCUMENTS]);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  await using databases = await benchDatabases({ lines });
  await using skiff = await startSkiff(databases);
  const reader = new Reader(skiff.graphql);
  await using _traffic = trafficIn(databases.erp, ratePerSecond, seed);
  const positions = new Set<string>();
  const found = { rows: 0, differences: 0, changedDatasets: 0 };
  const withRows = new Set<string>();
  const before = new Map<string, readonly unknown[]>();
  for (let round = 0; round < rounds; round++) {
    await sleep(PAUSE_MS);
    await using held = await holdingApplier(databases.replica);
    await reader.settle(held.position);
    positions.add(held.position);
    for (const dataset of described) {
      const table = await reader.rows(dataset);
      const pages = await reader.pages(dataset);
      const elsewhere = [table.position, ...pages.positions].find((position) => position !== held.position);
      if (elsewhere) throw new Error(`${dataset.name} was read at ${elsewhere}, not at ${held.position}`);
      found.rows += table.rows.length;
      if (table.rows.length > 0) withRows.add(dataset.name);
      const wrong = differences(table.rows, pages.rows);
      if (wrong.length > 0) say(`${dataset.name}, round ${round}: ${wrong.slice(0, 3).join('\n')}`);
      found.differences += wrong.length;
      if (before.has(dataset.name) && !isDeepStrictEqual(before.get(dataset.name), table.rows)) found.changedDatasets++;
      before.set(dataset.name, table.rows);
    }
    say(`Round ${round + 1} of ${rounds}: ${found.rows} rows, ${found.differences} differences`);
  }
  if (found.differences > 0) throw new Error(`${found.differences} rows differ`);
  if (found.changedDatasets === 0) throw new Error('No dataset changed between two rounds: nothing was under load');
  return { rounds, datasets: described.length, withRows: withRows.size, positions: positions.size, ...found };
}

function trafficIn({ pool }: Database, ratePerSecond: number, seed: number): AsyncDisposable {
  const over = new AbortController();
  const running = runTraffic(pool, { ratePerSecond, seed, signal: over.signal });
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await running;
    },
  };
}

/** While it is held nothing is applied, and the change log ends at its position. */
async function holdingApplier({ pool }: Database): Promise<AsyncDisposable & { readonly position: string }> {
  const client = await pool.connect();
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1)', [lockKey.applier]);
  const { rows } = await pool.query(`select epoch || '-' || batch as position from skiff.head`);
  return {
    position: z.tuple([z.object({ position: z.string() })]).parse(rows)[0].position,
    async [Symbol.asyncDispose]() {
      await client.query('commit');
      client.release();
    },
  };
}

function differences(rows: readonly unknown[], expected: readonly unknown[]): string[] {
  return Array.from({ length: Math.max(rows.length, expected.length) }, (_, at) => at).flatMap((at) =>
    isDeepStrictEqual(rows[at], expected[at])
      ? []
      : [`row ${at}: ${JSON.stringify(rows[at])} and through GraphQL ${JSON.stringify(expected[at])}`],
  );
}

const Row = z.record(z.string(), z.unknown());
const Page = z.object({
  data: z.record(
    z.string(),
    z.object({
      nodes: z.array(Row),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    }),
  ),
});

/** Asks as one client does. */
class Reader {
  readonly #url: URL;
  readonly #authorization: string;

  constructor(graphql: string) {
    const url = new URL(graphql);
    this.#authorization = `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`;
    this.#url = Object.assign(url, { username: '', password: '' });
  }

  /** Until this gateway has heard of all that was applied. */
  settle(position: string): Promise<void> {
    return until(
      async () => positionOf(await this.#ask('{ stockLevels(first: 1) { nodes { id } } }', {})) === position,
    );
  }

  async rows({ name }: DatasetDescription) {
    const url = new URL(`/data/${name}.ndjson?maxStaleness=${NEVER_STALE}`, this.#url);
    const response = await fetch(url, { headers: { authorization: this.#authorization } });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${url.href} was answered ${response.status}: ${text}`);
    const lines = text.split('\n').filter((line) => line !== '');
    return { position: positionOf(response), rows: lines.map((line) => Row.parse(JSON.parse(line))) };
  }

  async pages({ document, columns }: DatasetDescription) {
    const rows: Record<string, unknown>[] = [];
    const positions: string[] = [];
    for (let after: string | null = null; ; ) {
      const response = await this.#ask(document, { first: PAGE, after });
      positions.push(positionOf(response));
      const [list] = Object.values(Page.parse(await response.json()).data);
      if (!list) throw new Error(`${document} asks for no list`);
      for (const node of list.nodes) {
        rows.push(Object.fromEntries(columns.map(({ name, path }) => [name, valueAt(node, path ?? name)])));
      }
      if (!list.pageInfo.hasNextPage) return { positions, rows };
      after = list.pageInfo.endCursor;
    }
  }

  async #ask(question: string, variables: Readonly<Record<string, unknown>>): Promise<Response> {
    const body = question.startsWith('{') ? { query: question } : { documentId: question, variables };
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'skiff-max-staleness': NEVER_STALE,
        authorization: this.#authorization,
      },
      body: JSON.stringify(body),
    });
    if (response.status !== 200) throw new Error(`${question} was answered ${response.status}`);
    return response;
  }
}

const positionOf = ({ headers }: Response): string => headers.get('skiff-position') ?? 'nowhere';

/** A reference that is not there has no values. */
function valueAt(node: Readonly<Record<string, unknown>>, path: string): unknown {
  const [first = '', ...rest] = path.split('.');
  const value = node[first] ?? null;
  if (rest.length === 0 || value === null) return value;
  return valueAt(Row.parse(value), rest.join('.'));
}
