/**
 * PostgreSQL without installing one: the programs come with npm, the launcher is ours.
 *
 * ```
 * find the programs ─► place the data ─► initdb, once ─► adopt a living server, or start one ─► keep it up
 * ```
 *
 * One server per data folder, whoever asks. It outlives an owner that is killed, and the next start
 * adopts it; a server that is killed is started again and recovers. By default it listens on a Unix
 * socket alone, so that there is no port to choose and nobody else on the machine may come in.
 */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { accountForPostgres } from './embedded-postgres/account.ts';
import { findBinaries } from './embedded-postgres/binaries.ts';
import {
  initialise,
  isInitialised,
  passwordOf,
  placeDataDir,
  removeDataDir,
  SUPERUSER,
} from './embedded-postgres/data-dir.ts';
import { keepUp } from './embedded-postgres/keep-up.ts';
import { logFileOf, rotateFullLog } from './embedded-postgres/log-file.ts';
import { livingOwner } from './embedded-postgres/owner.ts';
import {
  findPostmaster,
  interruptPostmaster,
  type Postmaster,
  stopPostmaster,
} from './embedded-postgres/postmaster.ts';
import { findOrLaunch, type ServerPlan } from './embedded-postgres/server.ts';
import { type PostgresSettings, settingsFor, thisMachine } from './embedded-postgres/settings.ts';
import { removeSocketDir, socketDirOf } from './embedded-postgres/socket-dir.ts';
import { FaultCode, OperatorFault } from './errors.ts';
import type { Log } from './log.ts';

const LOG_CHECK_MS = 60_000;
const LONG_START_MS = 5_000;

export interface PostgresRequest {
  /** Kept between runs. */
  readonly dataDir: string;
  /** Of the server, beyond our own. */
  readonly settings?: PostgresSettings;
  /** A port on 127.0.0.1 beside the socket, which asks for a password. None by default. */
  readonly port?: 'none' | 'auto' | number;
  /** The npm package that holds the programs, if it is not this platform's: another version of PostgreSQL. */
  readonly binaries?: string;
  readonly log?: Log;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  readonly socketDir: string;
  readonly port: number;
  /** Another one after a crash. */
  readonly pid: number;
  /** The server was running already. */
  readonly adopted: boolean;
  /** The database was made just now. */
  readonly initialised: boolean;
  connectionString(database?: string): string;
  /** Stops the server, unless it belongs to another living process. */
  stop(): Promise<void>;
  /** The same, without waiting. */
  kill(): void;
}

export async function startPostgres(request: PostgresRequest): Promise<EmbeddedPostgres> {
  const asked = resolve(request.dataDir);
  const account = accountForPostgres(asked);
  const binaries = findBinaries(account, request.binaries);
  const dataDir = placeDataDir(asked, account);
  const initialised = !isInitialised(dataDir, binaries);
  if (initialised) await initialise(dataDir, binaries, account, request.settings?.fsync !== 'off');

  const { port = 'none' } = request;
  const socketDir = socketDirOf(dataDir);
  const plan: ServerPlan = {
    dataDir,
    socketDir,
    program: binaries.postgres,
    account,
    port,
    settings: {
      ...settingsFor(thisMachine()),
      ...request.settings,
      unix_socket_directories: socketDir,
      listen_addresses: port === 'none' ? '' : '127.0.0.1',
    },
  };
  const patience = setTimeout(() => {
    request.log?.info({ log: logFileOf(dataDir) }, 'PostgreSQL is still starting: after a crash it recovers first');
  }, LONG_START_MS);
  const found = await findOrLaunch(plan).finally(() => clearTimeout(patience));
  const { adopted, owned } = found;
  request.log?.debug({ dataDir, pid: found.postmaster.pid, adopted, owned, initialised }, 'PostgreSQL is up');
  const keeper = owned ? keep(found.postmaster, plan, request.log) : undefined;
  const current = () => keeper?.current() ?? found.postmaster;
  const stop = async () => keeper?.stop();
  return {
    socketDir: found.postmaster.socketDir,
    port: found.postmaster.port,
    get pid() {
      return current().pid;
    },
    adopted,
    initialised,
    connectionString: (database = 'postgres') => connectionString(current(), plan, database),
    stop,
    kill: () => keeper?.kill(),
    [Symbol.asyncDispose]: stop,
  };
}

/** A server of ours is kept up, its log small, and it ends with us. */
function keep(first: Postmaster, plan: ServerPlan, log: Log | undefined) {
  const { dataDir } = plan;
  const keeper = keepUp(first, async () => (await findOrLaunch(plan, first.port)).postmaster, log);
  const logRotation = setInterval(() => rotateFullLog(dataDir), LOG_CHECK_MS).unref();
  // Another process may have taken it over.
  const isOurs = ({ pid }: Postmaster) => livingOwner(pid, dataDir) === process.pid;
  const kill = () => {
    if (isOurs(keeper.current())) interruptPostmaster(keeper.current(), dataDir);
  };
  process.once('exit', kill);
  return {
    current: keeper.current,
    kill,
    async stop(): Promise<void> {
      const postmaster = await keeper.letGo();
      process.off('exit', kill);
      clearInterval(logRotation);
      if (!isOurs(postmaster)) return;
      await stopPostmaster(postmaster, dataDir);
      removeSocketDir(postmaster.socketDir);
    },
  };
}

function connectionString({ port, socketDir }: Postmaster, plan: ServerPlan, database: string): string {
  const path = encodeURIComponent(database);
  if (plan.port !== 'none') return `postgresql://${SUPERUSER}:${passwordOf(plan.dataDir)}@127.0.0.1:${port}/${path}`;
  // A URL needs a host; the one among the parameters wins.
  return `postgresql://${SUPERUSER}@localhost:${port}/${path}?host=${encodeURIComponent(socketDir)}`;
}

/** Removes a database, and stops the server that was left running on it. */
export async function discardPostgres(dataDir: string): Promise<void> {
  const asked = resolve(dataDir);
  const place = placeDataDir(asked, accountForPostgres(asked));
  const postmaster = await findPostmaster(place);
  const owner = postmaster && livingOwner(postmaster.pid, place);
  if (owner !== undefined) {
    throw new OperatorFault(
      FaultCode.DatabaseUnfit,
      `The database in ${asked} is in use by process ${owner}`,
      'End that process first.',
    );
  }
  if (postmaster) await stopPostmaster(postmaster, place);
  rmSync(socketDirOf(place), { recursive: true, force: true });
  removeDataDir(asked, place);
}
