/** The budget's state for people and for Prometheus. */
import type { Ledger } from './ledger.ts';
import { type BudgetLimits, type PerClass, perClass } from './limits.ts';

export interface BudgetState {
  readonly limits: BudgetLimits;
  /** Requests that count at present, of `limits.requests`. */
  readonly used: PerClass<number>;
  readonly inFlight: PerClass<number>;
  /** For how long the ERP has asked for silence. */
  readonly pausedMs: number;
  /** Open: nobody calls. Half open: one call tries how the ERP is. */
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Since the budget exists. */
  readonly totals: { readonly calls: PerClass<number>; readonly throttled: number; readonly failed: number };
}

export function budgetState(ledger: Ledger): BudgetState {
  const { state, nowMs } = ledger;
  return {
    limits: state.limits,
    used: perClass((kind) => ledger.held((other) => other === kind)),
    inFlight: perClass((kind) => state.leases.filter((lease) => lease.kind === kind).length),
    pausedMs: Math.max(0, state.pausedUntil - nowMs),
    breaker: state.openUntil === null ? 'closed' : state.openUntil > nowMs ? 'open' : 'half-open',
    totals: state.totals,
  };
}
