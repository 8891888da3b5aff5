/**
 * Lends a Tryton of one's own: its PostgreSQL with the database of the dump, and trytond, on free ports.
 *
 * Skiff's role and publication are made by the SQL that `npm start -- erp-setup` prints, as an administrator would.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { erpSetupSql } from '../../../erp/postgres/setup-sql.ts';
import { connector as tryton } from '../../../erp/tryton/connector.ts';
import { freePort } from '../../../runtime/free-port.ts';

const run = promisify(execFile);
const scripts = fileURLToPath(new URL('../../../erp/tryton/server/', import.meta.url));

const PREFIX = 'skiff-tryton-';

export interface TrytonServer extends AsyncDisposable {
  readonly apiUrl: string;
  /** As the role that Skiff captures with. */
  readonly captureUrl: string;
  /** As who may do anything, foreign keys or not. */
  readonly superuserUrl: string;
  /** Clones sales up to so many outgoing movements, and answers with what the script counted. */
  scale(outgoingMoves: number): Promise<Readonly<Record<string, number>>>;
  /** Ends trytond as a power cut does, in the middle of whatever it is at. Its database goes on. */
  kill(): Promise<void>;
  /** After it was killed. */
  start(): Promise<void>;
}

export async function startTryton(): Promise<TrytonServer> {
  await removeLeftovers();
  const home = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  chmodSync(home, 0o755);
  const [pgPort, httpPort] = [await freePort(), await freePort()];
  const env = {
    ...process.env,
    TRYTON_HOME: home,
    TRYTON_PG_PORT: String(pgPort),
    TRYTON_HTTP_PORT: String(httpPort),
  };
  const script = (name: string, ...args: string[]) =>
    run(join(scripts, name), args, { env, maxBuffer: 16 * 1024 * 1024 });
  const superuserUrl = `postgresql://postgres@localhost:${pgPort}/erp?host=${join(home, 'run')}`;
  const wipe = () => script('stop.sh', '--wipe');
  try {
    await script('start.sh');
    await setUpCapture(superuserUrl);
  } catch (error) {
    await wipe();
    throw error;
  }
  return {
    apiUrl: `http://127.0.0.1:${httpPort}/erp/`,
    captureUrl: `postgresql://skiff:skiff-pw@127.0.0.1:${pgPort}/erp`,
    superuserUrl,
    async scale(outgoingMoves) {
      const { stdout } = await script('scale.sh', String(outgoingMoves));
      return Object.fromEntries(stdout.match(/^.+: \d+$/gm)?.map((line) => counted(line)) ?? []);
    },
    async kill() {
      const pid = Number(readFileSync(join(home, 'run', 'trytond.pid'), 'utf8'));
      process.kill(pid, 'SIGKILL');
      while (isAlive(pid)) await sleep(10);
    },
    async start() {
      await script('start.sh');
    },
    async [Symbol.asyncDispose]() {
      await wipe();
    },
  };
}

function counted(line: string): [string, number] {
  const colon = line.lastIndexOf(':');
  return [line.slice(0, colon), Number(line.slice(colon + 1))];
}

async function setUpCapture(superuserUrl: string): Promise<void> {
  const { tables, publication } = tryton({});
  const superuser = new pg.Client({ connectionString: superuserUrl });
  await superuser.connect();
  try {
    await superuser.query(erpSetupSql({ schema: 'public', tables, publication, role: 'skiff' }, 15));
    await superuser.query(`alter role skiff password 'skiff-pw'`);
  } finally {
    await superuser.end();
  }
}

/** Ends what a run that was killed has left behind. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    const env = { ...process.env, TRYTON_HOME: join(tmpdir(), name) };
    // Two test files that begin together find the same ones: whoever is second may fail at it.
    await run(join(scripts, 'stop.sh'), ['--wipe'], { env }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
