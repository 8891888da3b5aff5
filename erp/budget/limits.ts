/**
 * Who may call an ERP how often, and who goes first.
 *
 * What a class leaves to those above it are shares and not fixed numbers, so that they fit an ERP that takes 300 requests
 * a minute as well as one that takes 50 a second.
 */

/** In order of priority: somebody waits for it; a write; the copy's freshness; the copy's first filling. */
export const callClasses = ['interactive', 'command', 'poll', 'backfill'] as const;
export type CallClass = (typeof callClasses)[number];
export type PerClass<Value> = Readonly<Record<CallClass, Value>>;

/** What one ERP takes. */
export interface BudgetLimits {
  /** So many requests in any window of `windowMs`. */
  readonly requests: number;
  readonly windowMs: number;
  /** So many at once. */
  readonly concurrency: number;
  /** After this a call that got no answer is given up, and counts as failed. */
  readonly callTimeoutMs: number;
}

/** 0 is first. */
export const rankOf: PerClass<number> = { interactive: 0, command: 1, poll: 2, backfill: 3 };

/** How much earlier than evenly spread over the window a request may be sent, as a share of the window. */
export const earliness: PerClass<number> = { interactive: 0.25, command: 0.1, poll: 0.05, backfill: 0.02 };

/** When to ask again where nobody knows when it will be one's turn: when a call of another process ends. */
export const lookAgainMs: PerClass<number> = { interactive: 25, command: 50, poll: 100, backfill: 100 };

/** How many calls of this class and those below it may run at once. */
export function mostAtOnce(kind: CallClass, concurrency: number): number {
  if (kind === 'poll') return Math.max(1, concurrency - 1);
  if (kind === 'backfill') return Math.ceil(concurrency / 2);
  return concurrency;
}

const keptShare: PerClass<number> = { interactive: 0, command: 0.01, poll: 0.03, backfill: 0.06 };
/** An ERP that takes fewer requests in a window has none to keep. */
const WORTH_KEEPING_OF = 10;

/** Of the requests that higher classes have left over, how many are kept free for their next ones. */
export function keptFor(kind: CallClass, left: number, requests: number): number {
  return requests < WORTH_KEEPING_OF ? 0 : Math.ceil(keptShare[kind] * left);
}

export const perClass = <Value>(value: (kind: CallClass) => Value): Record<CallClass, Value> => ({
  interactive: value('interactive'),
  command: value('command'),
  poll: value('poll'),
  backfill: value('backfill'),
});
