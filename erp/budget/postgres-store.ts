/**
 * The budget's state in the replica's database, one row for each ERP, on that database's clock.
 *
 * A save names the version it was made from and is refused if that is no longer the last one, so nobody holds a lock
 * between two round trips: a process that is stopped in the middle stops nobody else. A save is not waited for to be
 * on disk; a crash of the database forgets the last calls of some hundred milliseconds.
 */
import type pg from 'pg';
import { Ledger } from './ledger.ts';
import { type BudgetState, budgetState } from './show.ts';
import { LedgerState } from './state.ts';
import type { BudgetStore } from './store.ts';

const NEVER_SAVED = '0';

const notWaiting = /* sql */ `with not_waiting as (select set_config('synchronous_commit', 'off', true))`;

const saveFirst = {
  name: 'save_first_erp_budget',
  text: /* sql */ `
    ${notWaiting}
    insert into skiff.erp_budget (erp, version, state) select $1, $3::bigint + 1, $2 from not_waiting
    on conflict (erp) do nothing`,
};
const saveNext = {
  name: 'save_erp_budget',
  text: /* sql */ `
    ${notWaiting}
    update skiff.erp_budget set version = version + 1, state = $2 from not_waiting where erp = $1 and version = $3`,
};

/** @param erp whose budget it is: the address of its API */
export function postgresBudgetStore(db: pg.Pool, erp: string): BudgetStore {
  return {
    async read() {
      const { rows } = await db.query<{ version: string; state: string | null; now: string }>({
        name: 'read_erp_budget',
        text: /* sql */ `
          select coalesce(b.version, ${NEVER_SAVED})::text as version, b.state::text as state,
            (extract(epoch from clock_timestamp()) * 1000)::text as now
          from (select) one left join skiff.erp_budget b on b.erp = $1`,
        values: [erp],
      });
      const [row] = rows;
      if (!row) throw new Error("The ERP's call budget gave no row");
      return { state: stateOf(row.state), version: row.version, nowMs: Number(row.now) };
    },

    async save(state, version) {
      const statement = version === NEVER_SAVED ? saveFirst : saveNext;
      const { rowCount } = await db.query({ ...statement, values: [erp, JSON.stringify(state), version] });
      return rowCount === 1;
    },
  };
}

/** The budgets of all ERPs that were ever called, by the ERP's host: for who calls none himself. */
export async function storedBudgets(db: pg.Pool): Promise<ReadonlyMap<string, BudgetState>> {
  const { rows } = await db.query<{ erp: string; state: string; now: string }>({
    name: 'read_erp_budgets',
    text: /* sql */ `
      select erp, state::text as state, (extract(epoch from clock_timestamp()) * 1000)::text as now
      from skiff.erp_budget order by erp`,
  });
  const budgets = new Map<string, BudgetState>();
  for (const { erp, state: text, now } of rows) {
    const state = stateOf(text);
    if (state) budgets.set(hostOf(erp), budgetState(new Ledger(state, state.limits, Number(now))));
  }
  return budgets;
}

/** An address may hold a password. */
const hostOf = (erp: string): string => (URL.canParse(erp) ? new URL(erp).host : 'unknown');

/** A state that another version of Skiff wrote in another form is begun anew. */
function stateOf(text: string | null): LedgerState | null {
  return text === null ? null : (LedgerState.safeParse(JSON.parse(text)).data ?? null);
}
