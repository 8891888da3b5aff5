/**
 * Whether what the replica holds is still a beginning of what the slot will send (SEMANTICS.md A2).
 */
import pg from 'pg';
import type { CapturedState, SourceIdentity } from '../connector.ts';
import { readServer } from './catalog.ts';
import type { Slot } from './slot.ts';

/** @param replication a connection for replication, which can ask this */
export async function identify(replication: pg.Client, slot: string): Promise<SourceIdentity> {
  const { rows } = await replication.query<{ systemid: string; timeline: string }>('IDENTIFY_SYSTEM');
  const [row] = rows;
  if (!row) throw new TypeError('IDENTIFY_SYSTEM answered without a row');
  return { system: row.systemid, timeline: row.timeline, slot };
}

/** Why the replica cannot go on from what it holds; null if it can. */
export function reasonForSnapshot(
  held: CapturedState | null,
  source: SourceIdentity,
  slot: Slot | null,
): string | null {
  if (!held) return 'the replica is empty';
  if (held.source.timeline === 'api') return 'the ERP was polled meanwhile';
  if (held.source.system !== source.system) return "the ERP's database server is another one";
  if (held.source.timeline !== source.timeline) return "the ERP's database server was restored or failed over";
  if (held.source.slot !== source.slot)
    return `the replica was filled by another slot: drop "${held.source.slot}" if nobody uses it`;
  if (!slot) return 'the slot is gone';
  if (slot.isInvalid) return 'the server has removed WAL that the slot needed';
  // Between the two lies what we never had, and the server would leave it out without a word.
  if (!slot.confirmed || slot.confirmed > held.position) return 'the slot is ahead of the replica';
  return null;
}

const UNDEFINED_OBJECT = '42704';
const UNDEFINED_FILE = '58P01';
const NOT_IN_PREREQUISITE_STATE = '55000';

/**
 * Why the slot cannot be followed any more, by how following it failed; null if it can be tried again.
 *
 * A publication that was dropped and made anew is unknown to the changes from between, for ever.
 */
export async function reasonSpoilt(
  error: unknown,
  control: pg.Client,
  question: { readonly schema: string; readonly publication: string },
): Promise<string | null> {
  if (!(error instanceof pg.DatabaseError)) return null;
  if (error.code === UNDEFINED_FILE || error.code === NOT_IN_PREREQUISITE_STATE) return error.message;
  if (error.code !== UNDEFINED_OBJECT || !error.message.includes('publication')) return null;
  const server = await readServer(control, question).catch(() => null); // asked again after the next attempt
  return server?.publication ? 'the publication was made anew' : null;
}
