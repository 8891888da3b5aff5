/**
 * Follows the stream: from the ERP's frames to changes applied and acknowledged.
 *
 * ```
 * stream ─► decoder ─► inbox ─► applier ─► sink ─► acknowledge
 *   ▲                    │ full?  │ one at a time: batches, comparisons, positions
 *   └──── pause ─────────┘        └─► barriers
 * ```
 *
 * A keepalive says that everything before it has come; it goes through the inbox like everything else, and what
 * it says counts when it comes out. It is made durable in the replica before it is acknowledged, at most once a
 * second, so that the WAL of tables that do not concern us is not held back.
 */
import type pg from 'pg';
import type { Change } from '../change.ts';
import type { CaptureSink, MirrorTable } from '../connector.ts';
import type { Watermark } from '../watermark.ts';
import type { Barriers } from './barriers.ts';
import type { TypeNames } from './column-type.ts';
import { type Delivery, Inbox } from './inbox.ts';
import { PgoutputDecoder, type Relation } from './pgoutput.ts';
import { ReplicationStream } from './replication-stream.ts';
import type { TableWatch } from './table-watch.ts';

export interface FollowPlan {
  readonly schema: string;
  readonly tables: readonly MirrorTable[];
  readonly publication: string;
  readonly slot: string;
  /** What the replica holds. */
  readonly from: Watermark;
}

export interface FollowParts {
  readonly sink: CaptureSink;
  readonly watch: TableWatch;
  readonly types: TypeNames;
  readonly barriers: Barriers;
}

const ADVANCE_EVERY_MS = 1_000;

export class Follower {
  readonly #plan: FollowPlan;
  readonly #parts: FollowParts;
  readonly #inbox: Inbox;
  readonly #stream: ReplicationStream;
  readonly #decoder: PgoutputDecoder;
  /** As the stream described our tables in this session. */
  readonly #described = new Map<string, Relation>();
  #transaction: 'none' | 'open' | 'applied already' = 'none';
  #received: Watermark;
  /** Everything up to here is applied… */
  #applied: Watermark;
  /** …and up to here the replica says so after a crash too. */
  #durable: Watermark;
  #advanceAt = 0;
  #advanceTimer: NodeJS.Timeout | undefined;

  /** Takes `replication` for itself. */
  constructor(replication: pg.Client, plan: FollowPlan, parts: FollowParts) {
    this.#plan = plan;
    this.#parts = parts;
    this.#received = plan.from;
    this.#applied = plan.from;
    this.#durable = plan.from;
    this.#inbox = new Inbox(
      () => parts.sink.batchSize,
      () => parts.barriers.awaited,
    );
    const tables = new Map(plan.tables.map((table) => [table.name, table]));
    this.#decoder = new PgoutputDecoder((schema, name) => (schema === plan.schema ? tables.get(name) : undefined));
    this.#stream = new ReplicationStream(replication, {
      ...plan,
      onData: (message) => this.#receive(message),
      onKeepalive: (end) => this.#keepalive(end),
    });
    this.#stream.ended.catch((error: unknown) => this.stop(error));
  }

  get received(): Watermark {
    return this.#received;
  }

  askStream(): void {
    this.#stream.ask();
  }

  /** `run` rejects with `reason` once what is being applied is done. */
  stop(reason: unknown): void {
    this.#inbox.fail(reason);
  }

  /** Does `task` in stream order, so that it meets no change half applied. */
  inStreamOrder(task: () => Promise<void>): void {
    this.#inbox.addTask(task);
  }

  /** The table as the stream last described it: what was learnt elsewhere before that is out of date. */
  described(table: string): Relation | undefined {
    return this.#described.get(table);
  }

  /** Applies what comes, until the stream ends. */
  async run(): Promise<never> {
    try {
      for (;;) {
        const delivery = await this.#inbox.next();
        if (!this.#inbox.isFull) this.#stream.resume();
        await this.#deliver(delivery);
      }
    } finally {
      clearTimeout(this.#advanceTimer);
      this.#stream.close();
    }
  }

  #receive(message: Buffer): void {
    const decoded = this.#decoder.decode(message);
    switch (decoded.tag) {
      case 'begin':
        // After a crash of the server it sends again what it had not yet noted as acknowledged.
        this.#transaction = decoded.commitAt < this.#plan.from ? 'applied already' : 'open';
        break;
      case 'changes':
        if (this.#transaction === 'applied already') break;
        for (const change of decoded.changes) this.#inbox.addChange(change, message.length);
        break;
      case 'relation':
        this.#describe(decoded.relation);
        break;
      case 'commit':
        if (this.#transaction !== 'applied already') this.#inbox.addCommit(decoded.end);
        this.#transaction = 'none';
        this.#received = decoded.end;
    }
    if (this.#inbox.isFull) this.#stream.pause();
  }

  #describe(relation: Relation): void {
    if (!relation.table) return;
    this.#described.set(relation.table.name, relation);
    this.#inbox.addTask(() => this.#parts.watch.compareRelation(relation, this.#parts.types));
  }

  #keepalive(end: Watermark): void {
    // Within a transaction it speaks of what came before; the commit will say more.
    if (this.#transaction !== 'none' || end <= this.#received) return;
    this.#received = end;
    this.#inbox.addPosition(end);
  }

  #deliver(delivery: Delivery): Promise<void> {
    switch (delivery.kind) {
      case 'batch':
        return this.#apply(this.#parts.watch.withoutFaulty(delivery.changes), delivery.through);
      case 'task':
        return delivery.task();
      case 'position':
        return this.#pass(delivery.position);
    }
  }

  async #apply(changes: readonly Change[], through: Watermark | null): Promise<void> {
    if (changes.length === 0) {
      if (through) await this.#pass(through);
      return;
    }
    await this.#parts.sink.apply(changes, through);
    if (!through) return;
    this.#durable = through;
    this.#stream.acknowledge(through);
    this.#reached(through);
  }

  /** Nothing up to `position` concerned us. */
  async #pass(position: Watermark): Promise<void> {
    this.#reached(position);
    const waitMs = this.#advanceAt - performance.now();
    if (waitMs <= 0) await this.#advance();
    else this.#advanceLater(waitMs);
  }

  #advanceLater(waitMs: number): void {
    clearTimeout(this.#advanceTimer);
    this.#advanceTimer = setTimeout(() => {
      // What is in the inbox brings a later position; only after silence is there nobody else to do it.
      if (this.#inbox.isEmpty) this.#inbox.addTask(() => this.#advance());
      else this.#advanceLater(ADVANCE_EVERY_MS);
    }, waitMs);
  }

  async #advance(): Promise<void> {
    const position = this.#applied;
    if (position <= this.#durable) return;
    await this.#parts.sink.advance(position);
    this.#advanceAt = performance.now() + ADVANCE_EVERY_MS;
    this.#durable = position;
    this.#stream.acknowledge(position);
  }

  #reached(position: Watermark): void {
    if (position > this.#applied) this.#applied = position;
    this.#parts.barriers.reached(this.#applied);
  }
}
