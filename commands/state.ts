/**
 * The states of a command and the ways between them: SEMANTICS.md F1 as a table. No statement moves a command along a way
 * that does not stand here (`outbox/change.ts`).
 *
 * ```
 * PROPOSED ─► APPROVED ─► QUEUED ─► SENT ─► ACKNOWLEDGED ─► CONFIRMED
 *     ▲           │        │  ▲      ├─► UNKNOWN ─► SENT, ACKNOWLEDGED, DEAD_LETTER
 *     └─ stale premise ────┘  │      └─► FAILED ─► QUEUED, DEAD_LETTER
 *                             └── a new approval ── DEAD_LETTER
 * ```
 */

export const commandStates = [
  'PROPOSED',
  'APPROVED',
  'REJECTED',
  'EXPIRED',
  'CANCELLED',
  'QUEUED',
  'SENT',
  'UNKNOWN',
  'FAILED',
  'ACKNOWLEDGED',
  'CONFIRMED',
  'OVERDUE',
  'DEAD_LETTER',
] as const;

export type CommandState = (typeof commandStates)[number];

export const transitions: Readonly<Record<CommandState, readonly CommandState[]>> = {
  PROPOSED: ['APPROVED', 'REJECTED', 'EXPIRED', 'CANCELLED'],
  APPROVED: ['QUEUED', 'PROPOSED'],
  REJECTED: [],
  EXPIRED: [],
  CANCELLED: [],
  QUEUED: ['SENT', 'CANCELLED', 'PROPOSED'],
  SENT: ['ACKNOWLEDGED', 'UNKNOWN', 'FAILED'],
  UNKNOWN: ['SENT', 'ACKNOWLEDGED', 'DEAD_LETTER'],
  FAILED: ['QUEUED', 'DEAD_LETTER'],
  ACKNOWLEDGED: ['CONFIRMED', 'OVERDUE'],
  CONFIRMED: [],
  OVERDUE: ['CONFIRMED', 'DEAD_LETTER'],
  DEAD_LETTER: ['QUEUED', 'ACKNOWLEDGED', 'CANCELLED'],
};

export const statesBefore = (state: CommandState): readonly CommandState[] =>
  commandStates.filter((before) => transitions[before].includes(state));

/** Nothing comes of it any more. A dead letter can be opened again by a person. */
export const isOver = (state: CommandState): boolean => transitions[state].length === 0;

/** Its way to the ERP is not over, and it waits for nobody: what it does will be seen before long. */
export const isUnderWay = (state: CommandState): boolean =>
  state === 'APPROVED' || state === 'QUEUED' || state === 'SENT' || state === 'UNKNOWN' || state === 'FAILED';
