/**
 * A capture as a process of its own, to be killed: `capture-process.ts <plan as JSON>`.
 *
 * Prints each state it comes to as a line.
 */
import pg from 'pg';
import { z } from 'zod';
import { postgresCapture } from '../../../erp/postgres/capture.ts';
import { createLog } from '../../../runtime/log.ts';
import { DatabaseSink } from './database-sink.ts';

const Plan = z.object({
  erpUrl: z.string(),
  replicaUrl: z.string(),
  publication: z.string(),
  slot: z.string(),
  batchSize: z.number(),
  tables: z.array(z.object({ name: z.string(), key: z.array(z.string()), columns: z.record(z.string(), z.string()) })),
});
export type CapturePlan = z.infer<typeof Plan>;

const { erpUrl, replicaUrl, batchSize, ...plan } = Plan.parse(JSON.parse(process.argv[2] ?? ''));
const db = new pg.Client(replicaUrl);
await db.connect();
const log = createLog({ level: 'info' }, process.stderr);
const capture = postgresCapture({ ...plan, connectionString: erpUrl, log });

let state = '';
setInterval(() => {
  const now = capture.status().state;
  if (now !== state) process.stdout.write(`${now}\n`);
  state = now;
}, 5).unref();

const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
await capture.run(new DatabaseSink(db, plan.tables, batchSize), stopping.signal);
await db.end();
