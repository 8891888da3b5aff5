/** A budget of one process alone. */
import type { LedgerState } from './state.ts';
import type { BudgetStore } from './store.ts';

export function memoryBudgetStore(now: () => number = () => performance.now()): BudgetStore {
  let held: LedgerState | null = null;
  let version = 0;
  return {
    read: async () => ({ state: structuredClone(held), version: String(version), nowMs: now() }),
    async save(state, readAt) {
      if (readAt !== String(version)) return false;
      held = structuredClone(state);
      version++;
      return true;
    },
  };
}
