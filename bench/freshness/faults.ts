/**
 * What goes wrong while clients ask: the replica hangs, its writer waits behind a lock, listening connections are cut, the
 * ERP's connections are cut, or again and again for some seconds.
 *
 * Only in the last of these is the ERP out of reach; answers that are stale then are as they should be.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../erp/sandbox/random.ts';
import { lockKey } from '../../replica/locks.ts';
import type { Databases } from '../databases.ts';
import { say } from '../figures.ts';
import type { RunningRole } from '../roles.ts';
import { until } from '../until.ts';

export interface FaultSettings {
  readonly databases: Databases;
  readonly replica: RunningRole;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Capture takes longer to come back, the sooner it is cut again. */
const CUT_EVERY_MS = 40_000;
const FIRST_CUT_MS = 1_000;
const AWAY_MS = 4_000;
const AGAIN_MS = 50;

export class Faults {
  readonly #settings: FaultSettings;
  readonly #count = new Map<string, number>();
  readonly #unreachable: { readonly from: number; to: number }[] = [];

  constructor(settings: FaultSettings) {
    this.#settings = settings;
  }

  /** How often each happened. */
  get count(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#count);
  }

  wasReachable(from: number, to: number): boolean {
    return !this.#unreachable.some((span) => from <= span.to && to >= span.from);
  }

  async run(): Promise<void> {
    const { random, signal } = this.#settings;
    let cutAt = performance.now() + FIRST_CUT_MS;
    for (let cuts = 0; !signal.aborted; ) {
      await sleep(random.integer(500, 3_000), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      if (performance.now() >= cutAt) {
        if (cuts++ % 2 === 0) await this.#note('ERP connections cut', () => this.#cutErp());
        else await this.#note('ERP away', () => this.#erpAway());
        cutAt = performance.now() + CUT_EVERY_MS;
        continue;
      }
      const kind = random.integer(0, 2);
      if (kind === 0) await this.#note('replica hangs', () => this.#freeze());
      else if (kind === 1) await this.#note('writer waits', () => this.#lock());
      else await this.#note('listeners cut', () => this.#cutListeners());
    }
  }

  async #note(kind: string, happen: () => Promise<unknown>): Promise<void> {
    this.#count.set(kind, (this.#count.get(kind) ?? 0) + 1);
    await happen();
  }

  async #freeze(): Promise<void> {
    const { replica, random } = this.#settings;
    replica.freeze();
    await sleep(random.integer(100, 1_500));
    replica.thaw();
  }

  async #lock(): Promise<void> {
    const { databases, random } = this.#settings;
    const client = await databases.replica.pool.connect();
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [lockKey.applier]);
    await sleep(random.integer(100, 1_000));
    await client.query('commit');
    client.release();
  }

  #cutListeners(): Promise<unknown> {
    return this.#settings.databases.replica.pool.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where pid <> pg_backend_pid() and application_name like 'skiff %'
        and (query ~ 'skiff.freshness_request' or query ~ '^listen')`);
  }

  #cutErp(): Promise<unknown> {
    return this.#settings.databases.erp.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'skiff %'`,
    );
  }

  async #erpAway(): Promise<void> {
    const { replica } = this.#settings.databases;
    const span = { from: performance.now(), to: Number.POSITIVE_INFINITY };
    this.#unreachable.push(span);
    say('The ERP lets Skiff in no more');
    while (performance.now() < span.from + AWAY_MS) {
      await this.#cutErp();
      await sleep(AGAIN_MS);
    }
    // Reachable counts from when the capture has found out.
    await until(async () => {
      const { rowCount } = await replica.pool.query(
        `select from skiff.report where report -> 'capture' ->> 'state' = 'streaming' and at > clock_timestamp() - interval '2 seconds'`,
      );
      return rowCount === 1;
    });
    span.to = performance.now();
  }
}
