/**
 * What the process that plays the replica says of itself: it stands in the database, so that a gateway
 * in another process, or on another machine, can show it.
 */
import type pg from 'pg';
import { z } from 'zod';
import type { CaptureStatus } from '../erp/connector.ts';

const Report = z.object({
  capture: z.object({
    state: z.enum(['starting', 'snapshot', 'streaming', 'downgraded', 'reconnecting', 'stopped']),
    fault: z.string().nullable(),
    retainedBytes: z.number().nullable(),
  }),
  /** Since the process started. */
  changesApplied: z.number(),
  flatRowsRewritten: z.number(),
  driftKeys: z.record(z.string(), z.number()),
});
export type Report = z.infer<typeof Report>;

export const parseReport = (value: unknown): Report => Report.parse(value);

/** Counts what happens in this process. */
export class Counters {
  #changesApplied = 0;
  #flatRowsRewritten = 0;
  readonly #driftKeys = new Map<string, number>();

  applied(changes: number, flatRows: number): void {
    this.#changesApplied += changes;
    this.#flatRowsRewritten += flatRows;
  }

  drifted(model: string, keys: number): void {
    this.#driftKeys.set(model, (this.#driftKeys.get(model) ?? 0) + keys);
  }

  report({ state, fault, retainedBytes }: CaptureStatus): Report {
    return {
      capture: { state, fault, retainedBytes },
      changesApplied: this.#changesApplied,
      flatRowsRewritten: this.#flatRowsRewritten,
      driftKeys: Object.fromEntries(this.#driftKeys),
    };
  }
}

export async function publishReport(db: pg.ClientBase, report: Report): Promise<void> {
  await db.query({
    name: 'publish_report',
    text: /* sql */ `
      insert into skiff.report (at, report) values (clock_timestamp(), $1)
      on conflict (singleton) do update set at = excluded.at, report = excluded.report`,
    values: [JSON.stringify(report)],
  });
}
