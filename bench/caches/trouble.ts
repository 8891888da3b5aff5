/** What goes wrong while clients ask, one thing after the other, each for a while. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestRedis } from '../../test/gateway/redis.ts';
import type { Databases } from '../databases.ts';
import { say } from '../figures.ts';
import { type RunningReplica, startReplica } from '../roles.ts';
import type { HalfOpen } from './half-open.ts';

export interface TroubleSettings {
  readonly databases: Databases;
  readonly ways: readonly HalfOpen[];
  readonly replica: RunningReplica;
  /** Shared by the gateways, if any is. */
  readonly redis: TestRedis | null;
  readonly pauseMs: number;
}

const SILENT_MS = 7_000;
const HANGING_MS = 3_000;

export class Trouble implements AsyncDisposable {
  readonly #settings: TroubleSettings;
  readonly #count = new Map<string, number>();
  #replica: RunningReplica;
  #turn = 0;

  constructor(settings: TroubleSettings) {
    this.#settings = settings;
    this.#replica = settings.replica;
  }

  get count(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#count);
  }

  /** Until the signal aborts; then all is as it should be again. */
  async run(signal: AbortSignal): Promise<void> {
    const { pauseMs, redis } = this.#settings;
    const kinds: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['listeners cut', () => this.#cutListeners()],
      ['replica killed', () => this.#killReplica()],
      ['listener half-open', () => this.#fallSilent(signal)],
      ['replica hangs', () => this.#hang(this.#replica)],
      ...(redis ? this.#troubleOf(redis) : []),
    ];
    while (!signal.aborted) {
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      const [kind, happen] = kinds[this.#turn++ % kinds.length] ?? ['', async () => {}];
      if (signal.aborted) return;
      say(kind);
      this.#count.set(kind, (this.#count.get(kind) ?? 0) + 1);
      await happen();
    }
  }

  #cutListeners(): Promise<unknown> {
    return this.#settings.databases.replica.pool.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where pid <> pg_backend_pid() and application_name like 'skiff %'
        and (query like '%from skiff.head%' or query ~ '^listen')`);
  }

  async #killReplica(): Promise<void> {
    await this.#replica.kill();
    await sleep(1_000);
    this.#replica = startReplica(this.#settings.databases);
    await this.#replica.ready;
  }

  async #fallSilent(signal: AbortSignal): Promise<void> {
    const { ways } = this.#settings;
    for (const way of ways) way.cut();
    await sleep(SILENT_MS, undefined, { signal }).catch(() => undefined);
    for (const way of ways) way.restore();
  }

  async #hang(one: Pick<RunningReplica, 'freeze' | 'thaw'>): Promise<void> {
    one.freeze();
    await sleep(HANGING_MS);
    one.thaw();
  }

  #troubleOf(redis: TestRedis) {
    const startAgain = async () => {
      await redis.kill();
      await sleep(1_000);
      await redis.start();
    };
    return [
      ['Redis saved', () => redis.save()],
      ['Redis killed, started with what it had saved', startAgain],
      ['Redis hangs', () => this.#hang(redis)],
    ] as const;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#replica.stop();
  }
}
