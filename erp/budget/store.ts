/** Where the processes that call one ERP keep what they know together. */
import type { LedgerState } from './state.ts';

export interface Stored {
  /** The caller's own copy; null before the first save. */
  readonly state: LedgerState | null;
  readonly version: string;
  /** On the one clock that all processes go by. */
  readonly nowMs: number;
}

export interface BudgetStore {
  read(): Promise<Stored>;
  /** False if another process has saved since `version` was read: then nothing is saved. */
  save(state: LedgerState, version: string): Promise<boolean>;
}
