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

/** What a client carries from answer to question: a position, and commands that were on their way then. */
export interface Token {
  readonly position: Position;
  readonly commands: readonly string[];
}

/** `3f2a91c0-1742+<id>+<id>` */
export const printToken = ({ position, commands }: Token): string => [printPosition(position), ...commands].join('+');

const MOST_COMMANDS = 50;

/** Null when the text is no token. */
export function parseToken(text: string): Token | null {
  const [first = '', ...commands] = text.split('+');
  const position = parsePosition(first);
  const isWhole = commands.length <= MOST_COMMANDS && commands.every((id) => /^[0-9a-f-]{36}$/.test(id));
  return position && isWhole ? { position, commands } : null;
}

/** Whether who has seen `seen` has seen `asked`. Both are of one epoch. */
export const isReached = (asked: Position, seen: Position): boolean => seen.batch >= asked.batch;
