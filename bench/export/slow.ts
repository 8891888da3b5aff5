/** Readers that take some rows a second and then go away, as a spreadsheet over a bad line does. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Database } from '../databases.ts';
import { until } from '../until.ts';

export interface SlowReading {
  readonly url: string;
  readonly bytesPerSecond: number;
}

const TICK_MS = 100;

/** What they hold while they read, as `rss` says, and how long their transactions outlive them. */
export async function slowReaders(
  readings: readonly SlowReading[],
  seconds: number,
  { pool }: Database,
  rss: () => number,
): Promise<{ readonly underWay: number; readonly mostBytes: number; readonly freedMs: number }> {
  const underWay = async (): Promise<number> => {
    const { rows } = await pool.query(
      `select count(*)::int as count from pg_stat_activity where query like 'copy%' and state <> 'idle'`,
    );
    return z.tuple([z.object({ count: z.number() })]).parse(rows)[0].count;
  };
  const readers = await Promise.all(readings.map(begun));
  // What is small is over when its bytes are on their way.
  const held = await underWay();
  let mostBytes = 0;
  for (let ticks = 0; ticks < (seconds * 1_000) / TICK_MS; ticks++) {
    for (const take of readers) take();
    mostBytes = Math.max(mostBytes, rss());
    await sleep(TICK_MS);
  }
  const left = performance.now();
  for (const take of readers) take.leave();
  await until(async () => (await underWay()) === 0);
  return { underWay: held, mostBytes, freedMs: performance.now() - left };
}

async function begun({ url, bytesPerSecond }: SlowReading) {
  const asked = get(url);
  const [response]: IncomingMessage[] = await once(asked, 'response');
  if (response?.statusCode !== 200) throw new Error(`${url} was answered ${response?.statusCode}`);
  // Going away in the middle is what they are for.
  asked.on('error', () => undefined);
  response.on('error', () => undefined).on('readable', () => undefined);
  const bytes = Math.ceil((bytesPerSecond * TICK_MS) / 1_000);
  return Object.assign(() => void response.read(bytes), { leave: () => void response.destroy() });
}
