/**
 * The premise of a command: the facts its policy names, as the proposer saw them, and whether they still hold.
 *
 * At the proposal the facts are those of the replica as it is: that is what the proposer's screen showed. When somebody
 * decides, and before it is sent, the read models are made fresh first; what cannot be made fresh is not decided on.
 */
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { reachFreshness } from '../../replica/fresh-enough.ts';
import { ErrorCode, SkiffError } from '../../runtime/errors.ts';
import type { Premise } from '../command.ts';
import type { Content } from '../content.ts';
import type { DeskSettings } from '../desk-settings.ts';
import { readFacts, typesOf } from '../facts.ts';
import type { PremiseRule } from '../policy.ts';

export interface SeenPremise {
  readonly facts: Premise;
  readonly asOf: Date;
}

export interface Difference {
  readonly fact: string;
  readonly before: string | null;
  readonly now: string | null;
}

export type Reading = Pick<DeskSettings, 'openReads' | 'source' | 'today' | 'policy'>;

const WAIT_MS = 3_000;
const RETRY_AFTER_MS = 1_000;

const factsOf = (rules: readonly PremiseRule[]) => rules.map(({ fact }) => fact);

/** As the replica has it. */
export async function premiseSeen(
  { openReads, source, today, policy }: Reading,
  content: Content,
): Promise<SeenPremise> {
  const facts = factsOf(policy[content.type].premise);
  const asOf = typesOf(facts).map((type) => source.freshness(type).asOf.getTime());
  const seen = await readFacts(openReads(today(), ALL_PLANTS), content, facts);
  return { facts: seen, asOf: new Date(Math.min(Date.now(), ...asOf)) };
}

/** As the ERP has it. Rejects where that cannot be known. */
export async function premiseNow(reading: Reading, contents: readonly Content[], signal: AbortSignal = NEVER) {
  const facts = contents.flatMap(({ type }) => factsOf(reading.policy[type].premise));
  const types = typesOf(facts);
  const wishes = { maxStalenessMs: 0, onStale: 'error', after: null } as const;
  const { isFresh } = await reachFreshness(reading.source, types, wishes, { waitMs: WAIT_MS, signal });
  if (!isFresh) {
    const message = 'The ERP does not answer, so it cannot be known whether what this rests on still holds.';
    throw new SkiffError(ErrorCode.ErpUnavailable, message, { retryAfterMs: RETRY_AFTER_MS });
  }
  return Promise.all(contents.map((content) => premiseSeen(reading, content)));
}

/** What no longer holds, fact by fact. */
export function differences(
  rules: readonly PremiseRule[],
  content: Content,
  then: Premise,
  now: Premise,
): readonly Difference[] {
  return rules
    .filter(({ fact, must }) => !holds(must, content, then[fact] ?? null, now[fact] ?? null))
    .map(({ fact }) => ({ fact, before: then[fact] ?? null, now: now[fact] ?? null }));
}

function holds(must: PremiseRule['must'], content: Content, then: string | null, now: string | null): boolean {
  if (must === 'equal') return then === now;
  if (must === 'covers') return now !== null && 'quantity' in content && Number(now) >= Number(content.quantity);
  if (then === null || now === null) return then === now;
  return Math.abs(Number(now) - Number(then)) <= must.within * Math.abs(Number(then));
}

export const sentenceOf = (changed: readonly Difference[]): string =>
  changed.map(({ fact, before, now }) => `${fact} was ${before ?? 'unknown'} and is ${now ?? 'unknown'}`).join('; ');

const NEVER = new AbortController().signal;
