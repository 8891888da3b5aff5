/**
 * What Skiff needs of an ERP to write to it: which commands it takes, and what can be known of one whose answer was lost.
 *
 *     key        the ERP does nothing for a second request of the same key
 *     reference  the ERP keeps our reference and finds by it; a request takes effect within `settlesWithinMs`, or never
 *     none       neither: whoever sent it and heard nothing will not know, and a person has to look
 *
 * A request without an answer is *unknown*, never failed: the ERP may have applied it, or may still do so.
 */
import { ErpCallFailed } from './transport.ts';

export type Settling =
  | { readonly way: 'key' }
  | { readonly way: 'reference'; readonly settlesWithinMs: number }
  | { readonly way: 'none' };

export interface OutgoingCommand {
  readonly type: string;
  /** What is asked, in the API's words. */
  readonly content: Readonly<Record<string, string>>;
  /** `skiff:<id>`, the same for every attempt. */
  readonly reference: string;
  /** Of the request that asked for it, for the ERP's log. */
  readonly traceId: string;
}

export interface Acknowledged {
  /** The document that was made or changed, by the id that its flat type has. */
  readonly documentId: string;
  readonly version: string | null;
  /** As it came, for the audit. */
  readonly answer: string;
}

export interface CommandChannel {
  /** By command type; what is not here this ERP does not take. */
  readonly takes: Readonly<Record<string, Settling>>;
  /**
   * Has it done: by one request that writes, or by one after the other where the ERP knows steps; then it goes on from the
   * step that was reached. `beforeWrite` is called in the same turn in which the first byte of each of them is written,
   * when all that may take time is done; when it throws, nothing is written. Throws `CommandNotDone`, `CommandRefused`,
   * or something else when it is unknown. Who makes several requests, reads and writes alike, calls `another` before each
   * but the first (`CallBudget`).
   */
  send(
    command: OutgoingCommand,
    beforeWrite: () => void,
    signal: AbortSignal,
    another?: () => void,
  ): Promise<Acknowledged>;
  /** What the ERP has under the reference: null when there is nothing, `begun` when there are steps left. One request. */
  lookUp(command: OutgoingCommand, signal: AbortSignal): Promise<Acknowledged | 'begun' | null>;
  /**
   * What the ERP has of this type under references of ours, the newest first. One request. Left out where it cannot list
   * them: then nobody notices that the outbox was restored by copying its files.
   */
  references?(type: string, most: number, signal: AbortSignal): Promise<readonly Referenced[]>;
}

export interface Referenced {
  /** `skiff:<id>` */
  readonly reference: string;
  readonly documentId: string;
  /** By the ERP's clock. */
  readonly at: Date;
}

/** Certainly nothing was done, and another time it may be. */
export class CommandNotDone extends ErpCallFailed {}

/** Certainly nothing was done, and nothing will be: it has to say something else. */
export class CommandRefused extends ErpCallFailed {
  readonly code: string;
  /** The field of the content that it is about, where it is one. */
  readonly path: readonly string[] | null;

  constructor(code: string, message: string, status: number, path: readonly string[] | null = null) {
    super(message, status);
    this.code = code;
    this.path = path;
  }
}

/** As refused, but not for what it says: once somebody has seen to it in the ERP, the same may be sent again. */
export class CommandNeedsPerson extends CommandRefused {}
