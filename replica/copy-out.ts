/**
 * The rows of a COPY as they come, in blocks of whole rows, no faster than they are taken.
 *
 * PostgreSQL sends each row as a message of its own that ends in a line feed; what stands around a row is put there
 * here. When enough blocks wait to be taken, the socket is not read any more: PostgreSQL waits with the rest. The same
 * few blocks serve all rows, since the collector is in no hurry to give back what lies outside its heap.
 */
import type pg from 'pg';

/** What stands before and after each row, in place of the line feed. */
export interface Framing {
  readonly before: string;
  readonly after: string;
}

const BLOCK_BYTES = 65_536;
const MOST_BLOCKS = 4;

export class CopyOut implements pg.Submittable {
  readonly #text: string;
  readonly #before: Buffer;
  readonly #after: Buffer;
  readonly #full: Buffer[] = [];
  /** Whole blocks that nobody uses. */
  readonly #free: Buffer[] = [];
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #taken: Buffer | null = null;
  #used = 0;
  #connection: pg.Connection | null = null;
  #isPaused = false;
  #isOver = false;
  #error: Error | null = null;
  #news = Promise.withResolvers<void>();

  constructor(text: string, { before, after }: Framing) {
    this.#text = text;
    this.#before = Buffer.from(before);
    this.#after = Buffer.from(after);
  }

  /**
   * The next block, which is the caller's until they take another; null behind the last one. Rejects where the COPY ends
   * before its end.
   */
  async take(): Promise<Buffer | null> {
    if (this.#taken) this.#giveBack(this.#taken);
    this.#taken = null;
    for (;;) {
      if (this.#error) throw this.#error;
      const block = this.#full.shift() ?? this.#cut();
      if (this.#isPaused && this.#full.length < MOST_BLOCKS) this.#flow();
      if (block) {
        this.#taken = block;
        return block;
      }
      if (this.#isOver) return null;
      this.#news = Promise.withResolvers<void>();
      await this.#news.promise;
    }
  }

  // What follows is called by pg.

  submit(connection: pg.Connection): void {
    this.#connection = connection;
    connection.query(this.#text);
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    const row = chunk.length - 1;
    const length = this.#before.length + row + this.#after.length;
    if (this.#used + length > this.#block.length) this.#put(length);
    this.#used += this.#before.copy(this.#block, this.#used);
    this.#used += chunk.copy(this.#block, this.#used, 0, row);
    this.#used += this.#after.copy(this.#block, this.#used);
    this.#news.resolve();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#isOver = true;
    this.#news.resolve();
  }

  handleError(error: Error): void {
    this.#error = error;
    this.#news.resolve();
  }

  /** Puts the block away for one in which a row of this length has room. */
  #put(length: number): void {
    const block = this.#cut();
    if (block) this.#full.push(block);
    if (length > this.#block.length) this.#block = Buffer.allocUnsafe(length);
    if (this.#full.length >= MOST_BLOCKS && !this.#isPaused) {
      this.#isPaused = true;
      this.#connection?.stream.pause();
    }
  }

  #cut(): Buffer | null {
    if (this.#used === 0) return null;
    const block = this.#block.subarray(0, this.#used);
    this.#block = this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#used = 0;
    return block;
  }

  /** One that was made for a row longer than others is not kept. */
  #giveBack({ buffer }: Buffer): void {
    if (buffer.byteLength === BLOCK_BYTES) this.#free.push(Buffer.from(buffer));
  }

  #flow(): void {
    this.#isPaused = false;
    this.#connection?.stream.resume();
  }
}
