/**
 * A connection of its own that hears notifications, for as long as it is wanted.
 *
 * Notifications are lost while there is no connection, so each new one counts as news as well. Statements that should
 * not queue behind others may run on it. A connection that is dead without saying so (its machine is
 * gone, the way to it is cut) shows by a statement that takes too long, and is replaced too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** What is done about news, by the channel it comes by. */
export type Channels = Readonly<Record<string, (payload?: string) => void>>;

export interface ListenerConnection {
  readonly client: pg.ClientBase;
  close(): void;
}

const AGAIN_FIRST_MS = 50;
const AGAIN_LAST_MS = 2_000;
const DEAD_AFTER_MS = 5_000;

export class Listener {
  readonly #open: () => Promise<ListenerConnection>;
  readonly #channels: Channels;
  readonly #closing = new AbortController();
  #current: { readonly client: pg.ClientBase; readonly lose: () => void } | null = null;
  #connected = Promise.withResolvers<void>();

  constructor(open: () => Promise<ListenerConnection>, channels: Channels) {
    this.#open = open;
    this.#channels = channels;
    void this.#run();
  }

  get isConnected(): boolean {
    return this.#current !== null;
  }

  /** Waits a while for a connection when there is none. */
  async query<Row extends pg.QueryResultRow>(statement: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    if (!this.#current) await Promise.race([this.#connected.promise, sleep(DEAD_AFTER_MS, undefined, { ref: false })]);
    const current = this.#current;
    if (!current) throw new Error('The connection to the replica is lost');
    const timer = setTimeout(current.lose, DEAD_AFTER_MS);
    try {
      return await current.client.query<Row>(statement);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#closing.abort();
    this.#current?.lose();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let pauseMs = AGAIN_FIRST_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, AGAIN_LAST_MS)) {
      try {
        await this.#listen(() => {
          pauseMs = AGAIN_FIRST_MS;
        });
      } catch {
        // The next attempt says the same, or succeeds.
      }
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Resolves when the connection is lost. */
  async #listen(onConnected: () => void): Promise<void> {
    const { client, close } = await this.#open();
    const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
    client.on('error', () => lose());
    client.on('end', () => lose());
    const onNotification = ({ channel, payload }: pg.Notification) => this.#channels[channel]?.(payload);
    client.on('notification', onNotification);
    try {
      if (this.#closing.signal.aborted) return;
      const timer = setTimeout(lose, DEAD_AFTER_MS);
      const listen = Object.keys(this.#channels).map((channel) => `listen ${channel}`);
      await Promise.race([client.query(listen.join('; ')), lost]);
      clearTimeout(timer);
      // Closed while it was being connected: nobody would lose it.
      if (this.#closing.signal.aborted) return;
      this.#current = { client, lose };
      this.#connected.resolve();
      onConnected();
      for (const hear of Object.values(this.#channels)) hear();
      await lost;
    } finally {
      this.#current = null;
      this.#connected = Promise.withResolvers<void>();
      client.off('notification', onNotification);
      close();
    }
  }
}
