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
import { initialise, isInitialised, passwordOf, placeDataDir, SUPERUSER } from './embedded-postgres/data-dir.ts';
import { keepUp } from './embedded-postgres/keep-up.ts';
import { logSettings, prepareLogDir } from './embedded-postgres/log-files.ts';
import { livingOwner } from './embedded-postgres/owner.ts';
import {
  findPostmaster,
  interruptPostmaster,
  type Postmaster,
  stopPostmaster,
} from './embedded-postgres/postmaster.ts';
import { findOrLaunch, type ServerPlan } from './embedded-postgres/server.ts';
import { type PostgresSettings, settingsFor, thisMachine } from './embedded-postgres/settings.ts';
import { makeSocketDir } from './embedded-postgres/socket-dir.ts';
import { FaultCode, OperatorFault } from './errors.ts';
import type { Log } from './log.ts';

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
  const socketDir = makeSocketDir(dataDir, account);
  prepareLogDir(dataDir, account);
  const plan: ServerPlan = {
    dataDir,
    program: binaries.postgres,
    account,
    port,
    settings: {
      ...settingsFor(thisMachine()),
      ...logSettings(dataDir),
      ...request.settings,
      unix_socket_directories: socketDir,
      listen_addresses: port === 'none' ? '' : '127.0.0.1',
    },
  };
  const { postmaster, adopted } = await findOrLaunch(plan);
  request.log?.debug({ dataDir, pid: postmaster.pid, adopted, initialised }, 'PostgreSQL is up');
  return handle(postmaster, plan, { adopted, initialised, log: request.log });
}

interface Beginning {
  readonly adopted: boolean;
  readonly initialised: boolean;
  readonly log: Log | undefined;
}

function handle(first: Postmaster, plan: ServerPlan, { adopted, initialised, log }: Beginning): EmbeddedPostgres {
  const { dataDir, port } = plan;
  const isOurs = ({ pid }: Postmaster) => livingOwner(pid, dataDir) === process.pid;
  const keeper = isOurs(first)
    ? keepUp(first, async () => (await findOrLaunch(plan, first.port)).postmaster, log)
    : undefined;
  const current = () => keeper?.current() ?? first;
  const kill = () => {
    if (isOurs(current())) interruptPostmaster(current(), dataDir);
  };
  process.once('exit', kill);

  async function stop(): Promise<void> {
    const postmaster = (await keeper?.letGo()) ?? first;
    if (isOurs(postmaster)) await stopPostmaster(postmaster, dataDir);
    process.off('exit', kill);
  }

  const { socketDir } = first;
  return {
    socketDir,
    port: first.port,
    get pid() {
      return current().pid;
    },
    adopted,
    initialised,
    connectionString(database = 'postgres') {
      if (port !== 'none') {
        return `postgresql://${SUPERUSER}:${passwordOf(dataDir)}@127.0.0.1:${first.port}/${encodeURIComponent(database)}`;
      }
      // A URL needs a host; the one among the parameters wins.
      const host = encodeURIComponent(socketDir);
      return `postgresql://${SUPERUSER}@localhost:${first.port}/${encodeURIComponent(database)}?host=${host}`;
    },
    stop,
    kill,
    [Symbol.asyncDispose]: stop,
  };
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
  rmSync(place, { recursive: true, force: true });
  rmSync(asked, { recursive: true, force: true });
}
