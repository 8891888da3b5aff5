/**
 * Who asks, and what they may: scopes name what may be done, plants whose rows may be seen.
 *
 *     read:<subgraph>, read:*   types of a subgraph, of all of them
 *     dataset:<name>, dataset:* a dataset, of all of them
 *     propose:<area>, propose:* commands of an area, as the policy names it (commands/policy.ts)
 *     approve:<area>, approve:* the same
 *     operate                   metrics and the console's figures
 *     develop                   texts where others send registered documents; how an answer came about
 */
import { type AccessScope, ALL_PLANTS, scopeKey } from '../replica/access-scope.ts';

export interface Principal {
  /** For the log, and for whoever has to be asked. */
  readonly name: string;
  readonly scopes: ReadonlySet<string>;
  readonly access: AccessScope;
}

/** Who runs the demo on a machine of their own. */
export const developer: Principal = {
  name: 'developer',
  scopes: new Set(['read:*', 'propose:*', 'approve:*', 'operate', 'develop']),
  access: ALL_PLANTS,
};

/** Until it is known who asks. */
export const nobody: Principal = { name: 'nobody', scopes: new Set(), access: { plants: [] } };

/** Skiff itself, when it asks whether it is well. */
export const itself: Principal = { name: 'skiff', scopes: new Set(['read:*']), access: ALL_PLANTS };

/** The same for all who see the same rows. */
export const sightOf = (access: AccessScope): string => scopeKey(access);

export const mayRead = ({ scopes }: Principal, subgraph: string): boolean =>
  scopes.has(`read:${subgraph}`) || scopes.has('read:*');

/** A scope as it may be asked for and given: words of printable characters. */
export const isScope = (text: string): boolean => /^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/.test(text);
