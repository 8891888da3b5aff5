/**
 * The one server of a data folder: found running, or started.
 */
import { FaultCode, OperatorFault } from '../errors.ts';
import { freePort } from '../free-port.ts';
import type { Account } from './account.ts';
import { isOwnerArgument, livingOwner, ownerArgument, takeOver } from './owner.ts';
import { argumentsOf, findPostmaster, launchPostmaster, type Postmaster, stopPostmaster } from './postmaster.ts';
import type { PostgresSettings } from './settings.ts';
import { makeSocketDir, removeSocketDir } from './socket-dir.ts';

export interface ServerPlan {
  readonly dataDir: string;
  readonly socketDir: string;
  readonly program: string;
  readonly account: Account | undefined;
  /** All but the port. */
  readonly settings: PostgresSettings;
  readonly port: 'none' | 'auto' | number;
}

/** Names the socket's file when there is no TCP port. */
const SOCKET_PORT = 5432;

export interface Found {
  readonly postmaster: Postmaster;
  /** It was running already. */
  readonly adopted: boolean;
  /** It is ours to stop. */
  readonly owned: boolean;
}

export async function findOrLaunch(plan: ServerPlan, lastPort?: number): Promise<Found> {
  for (;;) {
    const living = await findPostmaster(plan.dataDir);
    const owner = living && livingOwner(living.pid, plan.dataDir);
    if (living && owner !== undefined) {
      return { postmaster: asGuest(living, owner, plan), adopted: true, owned: false };
    }
    if (living && isAsPlanned(living, plan)) {
      takeOver(living.pid, plan.dataDir);
      return { postmaster: living, adopted: true, owned: true };
    }
    // Left behind, with other settings than these.
    if (living) await stopPostmaster(living, plan.dataDir);

    const port = lastPort ?? (await choosePort(plan));
    const args = [...settingArguments(plan.settings), '-c', `port=${port}`, '-c', ownerArgument()];
    makeSocketDir(plan.socketDir, plan.account);
    const launched = await launchPostmaster({ ...plan, args }).finally(() => removeSocketDir(plan.socketDir));
    if (typeof launched === 'object') return { postmaster: launched, adopted: false, owned: true };
    if (launched === 'port taken' && plan.port !== 'auto') throw portTaken(port);
  }
}

const choosePort = async ({ port }: ServerPlan) =>
  port === 'none' ? SOCKET_PORT : port === 'auto' ? await freePort() : port;

const settingArguments = (settings: PostgresSettings) =>
  Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** Whether the server was started with what we would start it with, save the port where that is any. */
function isAsPlanned({ pid, port }: Postmaster, plan: ServerPlan): boolean {
  if (typeof plan.port === 'number' && plan.port !== port) return false;
  const given = argumentsOf(pid).filter((argument) => !argument.startsWith('port=') && !isOwnerArgument(argument));
  const planned = settingArguments(plan.settings);
  return planned.every((argument) => given.includes(argument));
}

function asGuest(postmaster: Postmaster, owner: number, { port, dataDir }: ServerPlan): Postmaster {
  if (port === 'none' || postmaster.listensOnTcp) return postmaster;
  throw new OperatorFault(
    FaultCode.EmbeddedPostgres,
    `The server in ${dataDir} runs without a TCP port and belongs to process ${owner}`,
    'End that process first.',
  );
}

const portTaken = (port: number) =>
  new OperatorFault(
    FaultCode.EmbeddedPostgres,
    `Port ${port}, asked for PostgreSQL, is taken by another program`,
    'End that program, or choose another port.',
  );
