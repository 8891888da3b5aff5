/** One ERP that is written to in one way, with dispatchers on it that are killed, frozen and started again. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

const STORM = FaultSettings.parse({
  faults: [
    { kind: 'cut', share: 0.05, on: 'write' },
    { kind: 'error', share: 0.03, on: 'write' },
    { kind: 'reset', share: 0.02, on: 'all' },
    { kind: 'storm', share: 0.1, retryAfterSeconds: 0, on: 'all' },
    { kind: 'slow', ms: 1_300, share: 0.01, on: 'write' },
  ],
}).faults;

export interface WrittenErp extends AsyncDisposable {
  /** One key can fall ill, where the way to the ERP allows for it. */
  readonly sickKey: SickKey;
  /** How often a dispatcher was stopped between the check of its lease and the first byte, for longer than the lease. */
  readonly stops: () => number;
  storm(): void;
  calm(): void;
  /** One dispatcher is killed, or frozen for longer than its lease. */
  strike(random: Random): Promise<void>;
}

/** @param stopShare of what one more dispatcher sends: how often it is stopped before its first byte */
export async function writtenErp(databases: Databases, way: Way, stopShare = 0): Promise<WrittenErp> {
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
    SKIFF_ERP_CONCURRENCY: '8',
    SKIFF_ERP_TIMEOUT_MS: '1000',
    SKIFF_COMMAND_LEASE_MS: String(LEASE_MS),
    SKIFF_LOG_LEVEL: 'fatal',
  };
  const start = () => startCommands(databases, env);
  const dispatchers: RunningRole[] = await Promise.all(Array.from({ length: DISPATCHERS }, start));
  const stopping = stopShare > 0 ? await stoppingDispatcher(databases, env, stopShare) : null;
  return {
    sickKey,
    stops: () => stopping?.stops() ?? 0,
    storm: () => api.setFaults(STORM),
    calm: () => api.setFaults([]),
    async strike(random) {
      const at = random.integer(0, DISPATCHERS - 1);
      const struck = dispatchers[at];
      if (!struck) return;
      if (random.happens(0.25)) {
        struck.freeze();
        await sleep(LEASE_MS * 1.5);
        struck.thaw();
      } else {
        await struck.kill();
        dispatchers[at] = await start();
      }
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
  const stops = () => statSync(file).size;
  let thawed = 0;
  let isOver = false;
  const thawing = (async () => {
    while (!isOver) {
      await sleep(50);
      if (stops() === thawed) continue;
      await sleep(LEASE_MS * 1.5);
      thawed += 1;
      role.thaw();
    }
  })();
  return {
    stops,
    async stop() {
      isOver = true;
      await thawing;
      // It may stop once more on its way to its end.
      const again = setInterval(() => role.thaw(), 200);
      await role.stop();
      clearInterval(again);
      const count = stops();
      rmSync(dirname(file), { recursive: true });
      return count;
    },
  };
}
