/**
 * A Redis or Valkey that gateways share, for bytes that may be lost at any time.
 *
 * It may be slow, down or hanging, and nobody has to know: each question waits a moment at the most, and after a few that
 * failed it is left alone for a while. What it returns is whatever somebody once put there.
 */
import { Redis } from 'ioredis';
import type { Log } from '../runtime/log.ts';

export interface SharedStore {
  /** The bytes under each key; null where there are none, or none come in time. */
  get(keys: readonly string[]): Promise<readonly (Buffer | null)[]>;
  /** Nobody waits for it. */
  put(key: string, value: Buffer): void;
  /** Since the start. */
  readonly counts: Readonly<StoreCounts>;
  close(): void;
}

interface StoreCounts {
  /** Asked or told in vain. */
  failed: number;
  /** Not asked, since it had failed. */
  spared: number;
}

/** A good deal more than it takes, and less than most reads of the database take. */
const ANSWER_MS = 25;
const CONNECT_MS = 1_000;
const AGAIN_LAST_MS = 2_000;
/** So many failures in a row, and it is left alone for so long; then one question tries it. */
const MOST_FAILURES = 3;
const LEFT_ALONE_MS = 1_000;
/** What nobody put there anew is of no use by then: no process remembers changes for longer. */
const KEPT_MS = 1_800_000;

export function redisStore(url: string, log: Log): SharedStore {
  const redis = new Redis(url, {
    connectTimeout: CONNECT_MS,
    commandTimeout: ANSWER_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), AGAIN_LAST_MS),
  });
  const counts = { failed: 0, spared: 0 };
  let failures = 0;
  let aloneUntil = 0;
  let isWell = true;
  redis.on('error', (err: Error) => {
    if (isWell) log.warn({ err }, 'The shared cache is away; answers are kept in this process alone');
    isWell = false;
  });
  redis.on('ready', () => {
    isWell = true;
  });

  const attempt = async <Result>(ask: () => Promise<Result>, otherwise: Result): Promise<Result> => {
    const now = performance.now();
    if (redis.status !== 'ready' || now < aloneUntil) {
      counts.spared++;
      return otherwise;
    }
    // While one tries, the others go on without.
    if (failures >= MOST_FAILURES) aloneUntil = now + LEFT_ALONE_MS;
    try {
      const result = await ask();
      failures = 0;
      aloneUntil = 0;
      return result;
    } catch {
      counts.failed++;
      if (++failures >= MOST_FAILURES) aloneUntil = performance.now() + LEFT_ALONE_MS;
      return otherwise;
    }
  };
  return {
    counts,
    get: (keys) =>
      attempt(
        () => redis.mgetBuffer([...keys]),
        keys.map(() => null),
      ),
    put: (key, value) => void attempt(() => redis.set(key, value, 'PX', KEPT_MS), null),
    close: () => redis.disconnect(),
  };
}
