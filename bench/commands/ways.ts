/** One ERP that is written to in one way, with dispatchers on it that are killed, frozen and started again. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { profiles, writeModes } from '../../erp/sandbox/api/profiles.ts';
import { startSandboxApi } from '../../erp/sandbox/api/server.ts';
import { sandboxClient } from '../../erp/sandbox/api/tokens.ts';
import { FaultSettings } from '../../erp/sandbox/faults.ts';
import type { Random } from '../../erp/sandbox/random.ts';
import { createLog } from '../../runtime/log.ts';
import type { Databases } from '../databases.ts';
import { type RunningRole, startCommands } from '../roles.ts';
import { type SickKey, sickKeyBefore } from './sick-key.ts';

export type Way = keyof typeof writeModes;

export const LEASE_MS = 1_500;
const DISPATCHERS = 2;
const TOO_MANY_MS = 400;

/** All the time. More of it would only show how often the breaker of the call budget opens: half of ten calls is its measure. */
const WEATHER = [
  { kind: 'cut', share: 0.04, on: 'write' },
  { kind: 'error', share: 0.02, on: 'write' },
  { kind: 'reset', share: 0.01, on: 'all' },
  { kind: 'storm', share: 0.03, retryAfterSeconds: 0, on: 'all' },
  { kind: 'slow', ms: 1_300, share: 0.01, on: 'write' },
];
/** For a while. */
const TOO_MANY = { kind: 'storm', retryAfterSeconds: 0, on: 'all', forMs: TOO_MANY_MS };

const faults = (list: readonly object[]) => FaultSettings.parse({ faults: list }).faults;

export interface WrittenErp extends AsyncDisposable {
  /** One key can fall ill, where the way to the ERP allows for it. */
  readonly sickKey: SickKey;
  /** The commands at which a dispatcher was stopped between the check of its lease and the first byte, for longer than the lease. */
  readonly stops: () => readonly string[];
  /** Everything breaks from now on, until it is calm. */
  storm(): Promise<void>;
  calm(): void;
  /** One dispatcher is killed, or frozen for longer than its lease, or the ERP answers 429 to everybody. */
  strike(random: Random): Promise<'kill' | 'freeze' | 'storm'>;
}

/** @param stopShare of what one more dispatcher sends: how often it is stopped before its first byte */
export async function writtenErp(databases: Databases, way: Way, stopShare: number): Promise<WrittenErp> {
  const api = await startSandboxApi({
    databaseUrl: databases.erp.url,
    host: '127.0.0.1',
    port: 0,
    profile: { ...profiles.none, writes: writeModes[way] },
    log: createLog({ level: 'fatal' }),
  });
  const sickKey = await sickKeyBefore(api.url);
  const env = {
    SKIFF_ERP_URL: sickKey.url,
    SKIFF_ERP_USER: sandboxClient.id,
    SKIFF_ERP_PASSWORD: sandboxClient.secret,
    SKIFF_ERP_WRITES: way,
    SKIFF_ERP_REQUESTS: '1000000',
    SKIFF_ERP_CONCURRENCY: '24',
    SKIFF_ERP_TIMEOUT_MS: '1000',
    SKIFF_COMMAND_LEASE_MS: String(LEASE_MS),
    SKIFF_LOG_LEVEL: 'fatal',
  };
  const start = () => startCommands(databases, env);
  const dispatchers: RunningRole[] = await Promise.all(Array.from({ length: DISPATCHERS }, start));
  let stopping: Awaited<ReturnType<typeof stoppingDispatcher>> | null = null;
  return {
    sickKey,
    stops: () => stopping?.stops() ?? [],
    async storm() {
      stopping = await stoppingDispatcher(databases, env, stopShare);
      api.setFaults(faults(WEATHER));
    },
    calm: () => api.setFaults([]),
    async strike(random) {
      const at = random.integer(0, DISPATCHERS - 1);
      const struck = dispatchers[at];
      if (!struck || random.happens(0.15)) {
        api.setFaults(faults([...WEATHER, TOO_MANY]));
        await sleep(TOO_MANY_MS);
        return 'storm';
      }
      if (random.happens(0.2)) {
        struck.freeze();
        await sleep(LEASE_MS * 1.5);
        struck.thaw();
        return 'freeze';
      }
      await struck.kill();
      dispatchers[at] = await start();
      return 'kill';
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...dispatchers.map((one) => one.stop()), stopping?.stop()]);
      await sickKey[Symbol.asyncDispose]();
      await api.close();
    },
  };
}

/** Thawed when its lease is long over: it then writes what another one may have sent meanwhile. */
async function stoppingDispatcher(databases: Databases, env: NodeJS.ProcessEnv, share: number) {
  const file = join(mkdtempSync(join(tmpdir(), 'skiff-stops-')), 'stops');
  writeFileSync(file, '');
  const loaded = { NODE_OPTIONS: `--import ${import.meta.resolve('./stops.ts')}` };
  const told = { BENCH_STOPS_FILE: file, BENCH_STOP_SHARE: String(share) };
  const role = await startCommands(databases, { ...env, ...loaded, ...told });
  let seen: readonly string[] = [];
  let isOver = false;
  const stops = () => {
    if (!isOver) seen = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return seen.map((reference) => reference.slice('skiff:'.length));
  };
  let thawed = 0;
  const thawing = (async () => {
    while (!isOver) {
      await sleep(50);
      if (stops().length === thawed) continue;
      await sleep(LEASE_MS * 1.5);
      thawed += 1;
      role.thaw();
    }
  })();
  return {
    stops,
    async stop() {
      // It may stop once more on its way to its end.
      const again = setInterval(() => role.thaw(), 200);
      await role.stop();
      clearInterval(again);
      stops();
      isOver = true;
      await thawing;
      rmSync(dirname(file), { recursive: true });
    },
  };
}
