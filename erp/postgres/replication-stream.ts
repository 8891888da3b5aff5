/**
 * The wire of logical replication: frames in, our own acknowledgement out.
 *
 * ```
 * server ──w data──────► onData       server ◄──r status── acknowledge(), ask(), once a second
 *        ──k keepalive─► onKeepalive
 * ```
 *
 * What is acknowledged the server forgets, so it is only what the replica has committed; a client that
 * acknowledges what it *received* loses it in a crash. A status goes out every second even while the stream
 * is paused, or the server would take us for dead.
 */

import type pg from 'pg';
import type { Submittable } from 'pg';
import type { Watermark } from '../watermark.ts';
import { cut } from './connect.ts';
import { lsnOf, readLsn, writeLsn } from './lsn.ts';
import { ident, literal } from './sql.ts';

export interface StreamSettings {
  readonly slot: string;
  readonly publication: string;
  /** Begin behind this. The server moves a position that it has forgotten forward without a word. */
  readonly from: Watermark;
  /** A message of the output plugin. */
  onData(message: Buffer): void;
  /** Everything the server had decoded up to here has come. */
  onKeepalive(end: Watermark): void;
}

const STATUS_EVERY_MS = 1_000;
/** A server that has nothing to say answers when asked. One that does not is gone. */
const ASK_AFTER_MS = 15_000;
const DEAD_AFTER_MS = 45_000;

/** First byte of a frame, both ways. */
const DATA = 0x77;
const KEEPALIVE = 0x6b;
const STATUS = 0x72;

const DATA_HEADER_BYTES = 25;
const STATUS_BYTES = 34;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

export class ReplicationStream {
  /** Rejects when the stream ends, for whatever reason: it has no end of its own. */
  readonly ended: Promise<never>;
  readonly #client: pg.Client;
  readonly #settings: StreamSettings;
  readonly #timer: NodeJS.Timeout;
  #acknowledged: Watermark;
  #heardAt = performance.now();
  #isPaused = false;

  /** Takes `client` for itself, a connection for replication. */
  constructor(client: pg.Client, settings: StreamSettings) {
    this.#client = client;
    this.#settings = settings;
    this.#acknowledged = settings.from;
    this.ended = new Promise((_resolve, reject) => {
      client.query(new StreamQuery(startReplication(settings), (frame) => this.#read(frame), reject));
      client.once('end', () => reject(new Error('The replication stream has ended')));
    });
    this.ended.catch(() => {});
    this.#timer = setInterval(() => this.#tick(), STATUS_EVERY_MS);
  }

  /** The server may forget everything up to `to`. */
  acknowledge(to: Watermark): void {
    if (to <= this.#acknowledged) return;
    this.#acknowledged = to;
    this.#send(false);
  }

  /** Asks for a keepalive, which says how far the server has come. */
  ask(): void {
    this.#send(true);
  }

  /** Reads no more: the server waits, and its WAL with it. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#client.connection.stream.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#heardAt = performance.now();
    this.#client.connection.stream.resume();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #read(frame: Buffer): void {
    this.#heardAt = performance.now();
    switch (frame[0]) {
      case DATA:
        this.#settings.onData(frame.subarray(DATA_HEADER_BYTES));
        break;
      case KEEPALIVE: {
        this.#settings.onKeepalive(readLsn(frame, 1));
        const isReplyAsked = frame[17] === 1;
        if (isReplyAsked) this.#send(false);
        break;
      }
      default:
        throw new TypeError(`Unknown replication frame ${frame[0]}`);
    }
  }

  #tick(): void {
    const silentMs = this.#isPaused ? 0 : performance.now() - this.#heardAt;
    if (silentMs > DEAD_AFTER_MS) cut(this.#client);
    else this.#send(silentMs > ASK_AFTER_MS);
  }

  #send(isReplyAsked: boolean): void {
    const status = Buffer.alloc(STATUS_BYTES);
    status[0] = STATUS;
    writeLsn(status, this.#acknowledged, 1); // written
    writeLsn(status, this.#acknowledged, 9); // flushed: this one counts
    writeLsn(status, this.#acknowledged, 17); // applied
    status.writeBigInt64BE(BigInt(Date.now() - POSTGRES_EPOCH_MS) * 1000n, 25);
    status[33] = isReplyAsked ? 1 : 0;
    const frame = Buffer.alloc(5 + STATUS_BYTES);
    frame.write('d', 0, 'latin1');
    frame.writeInt32BE(4 + STATUS_BYTES, 1);
    status.copy(frame, 5);
    if (this.#client.connection.stream.writable) this.#client.connection.stream.write(frame);
  }
}

/** No `messages` option: 11 to 13 refuse it, and off is what it is by default. */
const startReplication = ({ slot, publication, from }: StreamSettings): string =>
  `START_REPLICATION SLOT ${ident(slot)} LOGICAL ${lsnOf(from)} ` +
  `(proto_version '1', publication_names ${literal(ident(publication))})`;

/** What pg calls while the one query of a replication connection goes on. */
class StreamQuery implements Submittable {
  readonly #text: string;
  readonly #onFrame: (frame: Buffer) => void;
  readonly #onError: (error: unknown) => void;

  constructor(text: string, onFrame: (frame: Buffer) => void, onError: (error: unknown) => void) {
    this.#text = text;
    this.#onFrame = onFrame;
    this.#onError = onError;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#text);
  }

  handleCopyData({ chunk }: { chunk: Buffer }, connection: pg.Connection): void {
    try {
      this.#onFrame(chunk);
    } catch (error) {
      // What cannot be decoded must not be passed over.
      this.#onError(error);
      connection.stream.destroy();
    }
  }

  handleError(error: unknown): void {
    this.#onError(error);
  }

  handleCommandComplete(): void {
    this.#onError(new Error('The ERP ended the replication stream'));
  }

  handleReadyForQuery(): void {}
}
