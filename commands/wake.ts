/**
 * Wakes dispatchers and whoever watches commands, in whatever process.
 *
 * It is sent after the commit and not with it: transactions that notify wait for each other's commit, one by one. Many
 * calls become one notification. One that is lost costs the time until somebody looks by himself, and nothing else.
 */
import type pg from 'pg';

export const commandChannel = 'skiff_commands';

export function waker(db: pg.Pool): () => void {
  let isSending = false;
  let isAsked = false;
  const send = async (): Promise<void> => {
    isSending = true;
    while (isAsked) {
      isAsked = false;
      await db.query({ name: 'wake', text: `select pg_notify('${commandChannel}', '')` }).catch(() => undefined);
    }
    isSending = false;
  };
  return () => {
    isAsked = true;
    if (!isSending) void send();
  };
}
