/**
 * Watches commands for those who follow them: one connection for all watchers of a process, and none before the first.
 *
 * A watcher is told that its command may have changed, and looks for itself, in its own name. Notifications can be lost (with
 * a connection, with the process that should have sent one), so each new connection is news of every command, and every few
 * seconds the versions of all that are watched are compared, in one statement.
 */
import type pg from 'pg';
import { z } from 'zod';
import { Listener, type ListenerConnection } from '../replica/listener.ts';
import { query } from './outbox/database.ts';
import { isUuid } from './outbox/read.ts';
import { changedChannel } from './outbox/told.ts';

/** Calls back when this command may have changed. The result ends it. */
export type WatchCommand = (id: string, onNews: () => void) => () => void;

export interface CommandWatch {
  readonly watch: WatchCommand;
  close(): void;
}

const COMPARE_EVERY_MS = 3_000;

const Versions = z.array(z.tuple([z.string(), z.number()]));

export function commandWatch(db: pg.Pool, open: () => Promise<ListenerConnection>): CommandWatch {
  const watchers = new Map<string, Set<() => void>>();
  let versions = new Map<string, number>();
  let listener: Listener | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const tell = (id: string): void => {
    for (const onNews of watchers.get(id) ?? []) onNews();
  };
  const heard = (payload: string | undefined): void => {
    const ids = payload === undefined ? watchers.keys() : payload.split(',');
    for (const id of [...ids]) tell(id);
  };
  const compare = async (): Promise<void> => {
    const ids = [...watchers.keys()].filter(isUuid);
    const text = `select json_build_array(id, version)::text as row from skiff.command where id = any($1::uuid[])`;
    const now = new Map(Versions.parse(await query(db, { name: 'versions_of', text, values: [ids] })));
    const before = versions;
    versions = now;
    // One that is compared for the first time may have changed since its watcher looked.
    for (const [id, version] of now) if (before.get(id) !== version) tell(id);
  };
  const start = (): void => {
    listener = new Listener(open, { [changedChannel]: heard });
    timer = setInterval(() => void compare().catch(() => undefined), COMPARE_EVERY_MS);
  };
  const stop = (): void => {
    listener?.close();
    listener = undefined;
    clearInterval(timer);
    versions.clear();
  };
  return {
    watch(id, onNews) {
      const those = watchers.get(id) ?? new Set();
      watchers.set(id, those.add(onNews));
      if (!listener && !isClosed) start();
      return () => {
        those.delete(onNews);
        if (those.size > 0 || watchers.get(id) !== those) return;
        watchers.delete(id);
        if (watchers.size === 0) stop();
      };
    },
    close() {
      isClosed = true;
      stop();
    },
  };
}
