/**
 * A position in the change log: everything applied up to there has been seen.
 *
 * Clients carry it from one answer to their next question, to another process too. Batches are numbered from
 * nought in each database, so a position holds the epoch of its own: after a rebuild the numbers mean nothing.
 */
export interface Position {
  readonly epoch: string;
  readonly batch: bigint;
}

export const printPosition = ({ epoch, batch }: Position): string => `${epoch}-${batch}`;

/** Null when the text is no position. */
export function parsePosition(text: string): Position | null {
  const [, epoch, batch] = /^([0-9a-f]{8})-(\d{1,18})$/.exec(text) ?? [];
  return epoch === undefined || batch === undefined ? null : { epoch, batch: BigInt(batch) };
}

/** Whether who has seen `seen` has seen `asked`. Both are of one epoch. */
export const isReached = (asked: Position, seen: Position): boolean => seen.batch >= asked.batch;
