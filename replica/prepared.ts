/**
 * The statements a connection keeps prepared: as many as it is worth, and those that were asked last.
 *
 * pg remembers which names it has prepared and never forgets one, and PostgreSQL keeps the plan of each: clients that
 * invent filters all day would cost memory on every connection. What falls out of use is deallocated on both sides.
 */
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { ident } from './sql.ts';

const MOST_STATEMENTS = 500;

/** By connection: the names it has, the one asked last in front. */
const prepared = new WeakMap<pg.ClientBase, LRUCache<string, true>>();

/**
 * To be called when a statement of this name is queued, with nothing else of the connection's under way. Says what has
 * to be run beside it, if anything.
 */
export function makeRoomFor(client: pg.ClientBase, name: string): string | null {
  const names = prepared.get(client) ?? new LRUCache({ max: MOST_STATEMENTS });
  prepared.set(client, names);
  let out: string | null = null;
  if (!names.has(name) && names.size === MOST_STATEMENTS) {
    const [oldest = ''] = names.rkeys();
    names.delete(oldest);
    forget(client, oldest);
    out = `deallocate ${ident(oldest)}`;
  }
  names.set(name, true);
  return out;
}

/** pg would go on asking for the statement by its name. */
function forget(client: pg.ClientBase, name: string): void {
  const connection: unknown = 'connection' in client ? client.connection : undefined;
  if (typeof connection !== 'object' || connection === null || !('parsedStatements' in connection)) return;
  const { parsedStatements } = connection;
  if (typeof parsedStatements === 'object' && parsedStatements !== null) Reflect.deleteProperty(parsedStatements, name);
}
