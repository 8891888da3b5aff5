/**
 * The statements a connection keeps prepared: as many as it is worth, and those that were asked last.
 *
 * pg remembers which names it has prepared and never forgets one, and PostgreSQL keeps the plan of each: clients that
 * invent filters all day would cost memory on every connection. What falls out of use is deallocated on both sides.
 */
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { forgetStatement } from './pg-connection.ts';
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
    forgetStatement(client, oldest);
    out = `deallocate ${ident(oldest)}`;
  }
  names.set(name, true);
  return out;
}
