/** How commands are doing, for the operations console and for Prometheus, from the database alone. */
import type pg from 'pg';
import { z } from 'zod';
import type { Metrics } from '../runtime/metrics.ts';
import { query } from './outbox/database.ts';

const CommandStatus = z.object({
  /** Waiting for somebody's approval. */
  proposed: z.number(),
  /** Approved, and on their way to the ERP. */
  queued: z.number(),
  /** Since the oldest of these was queued; null where there is none. */
  oldestQueuedSeconds: z.number().nullable(),
  /** Nobody knows yet what became of them: they are looked up, or wait for a person. */
  unknown: z.number(),
  /** Waiting for a person, those of an unknown outcome included. */
  deadLetters: z.number(),
  /** The ERP said yes, and nothing of it can be seen. */
  overdue: z.number(),
  /** Why nothing is sent; null where it is. */
  closedBecause: z.string().nullable(),
});
export type CommandStatus = z.output<typeof CommandStatus>;

export async function commandStatus(db: pg.Pool): Promise<CommandStatus> {
  const isQueued = `state in ('APPROVED', 'QUEUED', 'SENT', 'FAILED')`;
  const [row] = await query(db, {
    name: 'command_status',
    text: /* sql */ `
      select json_build_object(
        'proposed', count(*) filter (where state = 'PROPOSED'),
        'queued', count(*) filter (where ${isQueued}),
        'oldestQueuedSeconds', round(extract(epoch from
          clock_timestamp() - min(queued_at) filter (where ${isQueued}))::numeric, 3),
        'unknown', count(*) filter (where state = 'UNKNOWN' or state = 'DEAD_LETTER' and fault = 'UNKNOWN'),
        'deadLetters', count(*) filter (where state = 'DEAD_LETTER'),
        'overdue', count(*) filter (where state = 'OVERDUE'),
        'closedBecause', (select closed_because from skiff.command_gate))::text as row
      from skiff.command
      where state in ('PROPOSED', 'APPROVED', 'QUEUED', 'SENT', 'FAILED', 'UNKNOWN', 'DEAD_LETTER', 'OVERDUE')`,
  });
  return CommandStatus.parse(row);
}

/** Looks the status up when Prometheus asks. */
export function commandMetrics(metrics: Metrics, status: () => Promise<CommandStatus>): void {
  const single = (name: `skiff_${string}`, help: string, value: (status: CommandStatus) => number) =>
    metrics.gauge(name, help, [], async (gauge) => gauge.set(value(await status())));
  single('skiff_commands_proposed', 'Commands that wait for an approval.', ({ proposed }) => proposed);
  single('skiff_commands_queued', 'Commands on their way to the ERP.', ({ queued }) => queued);
  single(
    'skiff_commands_oldest_queued_seconds',
    'Since the oldest command on its way was queued; 0 if there is none.',
    ({ oldestQueuedSeconds }) => oldestQueuedSeconds ?? 0,
  );
  single(
    'skiff_commands_unknown',
    'Commands of which nobody knows whether the ERP has done them.',
    ({ unknown }) => unknown,
  );
  single('skiff_commands_dead_letters', 'Commands that wait for a person.', ({ deadLetters }) => deadLetters);
  single(
    'skiff_commands_overdue',
    'Commands the ERP has acknowledged and that cannot be seen in it.',
    ({ overdue }) => overdue,
  );
  single('skiff_commands_stopped', '1 while nothing is sent until an operator confirms, else 0.', ({ closedBecause }) =>
    Number(closedBecause !== null),
  );
}
