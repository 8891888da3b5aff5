/**
 * What pg keeps below a client and has no method for: the socket it writes to, and the statements it has prepared.
 * Where a later version keeps them elsewhere, nothing is found: more packets, and more statements kept, but nothing wrong.
 */
import { Duplex } from 'node:stream';
import type pg from 'pg';

interface Connection {
  readonly stream: Duplex | null;
  readonly parsedStatements: object | null;
}

function connectionOf(client: pg.ClientBase): Connection {
  const connection = 'connection' in client ? client.connection : null;
  const stream = isObject(connection) && 'stream' in connection ? connection.stream : null;
  const statements = isObject(connection) && 'parsedStatements' in connection ? connection.parsedStatements : null;
  return {
    stream: stream instanceof Duplex ? stream : null,
    parsedStatements: isObject(statements) ? statements : null,
  };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/**
 * What is queued on a pipelined connection meanwhile leaves in one packet. Each packet of its own would wake the
 * server's process for one message, which costs more than the message.
 */
export function inOnePacket<Result>(client: pg.ClientBase, queue: () => Result): Result {
  const { stream } = connectionOf(client);
  stream?.cork();
  try {
    return queue();
  } finally {
    stream?.uncork();
  }
}

/** Says whether the server has yet to be told of the statement, and lets pg know that it is being told. */
export function noteStatement(connection: object, name: string, text: string): boolean {
  const parsed = 'parsedStatements' in connection ? connection.parsedStatements : null;
  const submitted = 'submittedNamedStatements' in connection ? connection.submittedNamedStatements : null;
  if ((isObject(parsed) && name in parsed) || (isObject(submitted) && name in submitted)) return false;
  // pg takes it out again when the server has prepared it, or refused.
  if (isObject(submitted)) Reflect.set(submitted, name, text);
  return true;
}

/** Whether pg has told the server of the statement. */
export function hasStatement(client: pg.ClientBase, name: string): boolean {
  const { parsedStatements } = connectionOf(client);
  return parsedStatements !== null && name in parsedStatements;
}

/** pg would go on asking for the statement by its name. */
export function forgetStatement(client: pg.ClientBase, name: string): void {
  const { parsedStatements } = connectionOf(client);
  if (parsedStatements) Reflect.deleteProperty(parsedStatements, name);
}

/** Ends a connection at once, whatever is under way on it: its server's process sees that nobody is there and ends. */
export function cutOff(client: pg.ClientBase): void {
  connectionOf(client).stream?.destroy();
}
