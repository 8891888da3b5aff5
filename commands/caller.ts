/** Who asks, in one request: what commands have to know of a principal, and what the audit keeps. */
import type { AccessScope } from '../replica/access-scope.ts';

export interface Caller {
  readonly name: string;
  readonly scopes: ReadonlySet<string>;
  readonly access: AccessScope;
  /** One id from the mutation to the call of the ERP. */
  readonly traceId: string;
  /** Where the request came from. */
  readonly address: string | null;
}

/** `approve:production` is had by name, or with `approve:*`. */
export function may({ scopes }: Caller, scope: string): boolean {
  return scopes.has(scope) || scopes.has(`${scope.split(':', 1)[0]}:*`);
}

export const mayReadCommands = (caller: Caller): boolean => may(caller, 'read:commands');

export const seesPlant = ({ access: { plants } }: Caller, plant: string): boolean =>
  plants === '*' || plants.includes(plant);

/** The plants as a statement takes them: null for all. */
export const plantsOf = ({ access: { plants } }: Caller): readonly string[] | null => (plants === '*' ? null : plants);
