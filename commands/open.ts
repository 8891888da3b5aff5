/** The desk of a process that answers clients: its settings, its connections, and what it leaves when it ends. */
import { commandPool, connect } from '../replica/connect.ts';
import type { FreshnessSource } from '../replica/fresh-enough.ts';
import type { OpenReads } from '../replica/read.ts';
import type { Shutdown } from '../runtime/shutdown.ts';
import { type OpenDesk, openDesk } from './desk.ts';
import { policyOf } from './policy.ts';
import { waker } from './wake.ts';
import { commandWatch, type WatchCommand } from './watch.ts';

export interface DeskProcess {
  /** A file of the deployment's own, or ours. */
  readonly policy: string | undefined;
  readonly databaseUrl: string;
  readonly openReads: OpenReads;
  readonly source: FreshnessSource;
  readonly today: () => string;
  readonly shutdown: Shutdown;
}

const CONNECTIONS = 8;

export interface OpenedDesk {
  readonly desk: OpenDesk;
  readonly watch: WatchCommand;
}

export async function deskOf({ policy: path, databaseUrl, shutdown, ...rest }: DeskProcess): Promise<OpenedDesk> {
  const policy = await policyOf(path);
  const db = commandPool(databaseUrl, CONNECTIONS);
  const watching = commandWatch(db, async () => {
    const client = await connect(databaseUrl, 'commands');
    return { client, close: () => void client.end().catch(() => undefined) };
  });
  shutdown.add({
    name: 'connections for commands',
    async stop() {
      watching.close();
      await db.end();
    },
  });
  return { desk: openDesk({ ...rest, db, policy, wake: waker(db) }), watch: watching.watch };
}
