/**
 * What `GET /console/status.json` says, read at the border.
 *
 * The shape is the replica's status with, where the gateway counts them, its requests. States are plain texts
 * here: a page left open outlives a deployment, and a state it has not heard of shall not blind it.
 */
import * as z from 'zod/mini';

const ModelStatus = z.object({
  model: z.string(),
  hash: z.string(),
  state: z.string(),
  /** Why it is not maintained at present. */
  stopped: z.nullable(z.string()),
  asOf: z.nullable(z.string()),
  ageSeconds: z.nullable(z.number()),
  /** Source rows whose fan-out waits behind the stream. */
  pending: z.number(),
  quarantined: z.number(),
});
export type ModelStatus = z.infer<typeof ModelStatus>;

const TableFault = z.object({
  column: z.string(),
  problem: z.string(),
  expected: z.string(),
  found: z.optional(z.string()),
});
export type TableFault = z.infer<typeof TableFault>;

const Status = z.object({
  source: z.nullable(z.string()),
  applied: z.nullable(z.string()),
  watermarkAgeSeconds: z.nullable(z.number()),
  models: z.array(ModelStatus),
  quarantine: z.array(z.object({ model: z.string(), key: z.array(z.string()), error: z.string() })),
  /** Mirrored tables that are not there, or not as declared. */
  tables: z.array(z.object({ name: z.string(), state: z.string(), faults: z.array(TableFault) })),
  /** What the process that plays the replica last said; null before the first one ever did. */
  report: z.nullable(
    z.object({
      capture: z.object({
        state: z.string(),
        fault: z.nullable(z.string()),
        /** WAL the ERP keeps for us. */
        retainedBytes: z.nullable(z.number()),
      }),
      /** Since its process started, as the next two. */
      changesApplied: z.number(),
      flatRowsRewritten: z.number(),
      driftKeys: z.record(z.string(), z.number()),
      ageSeconds: z.number(),
    }),
  ),
  /** Writes that are asked of the ERP. */
  commands: z.optional(
    z.object({
      /** Waiting for an approval. */
      proposed: z.number(),
      /** On their way to the ERP, the oldest for so long. */
      queued: z.number(),
      oldestQueuedSeconds: z.nullable(z.number()),
      /** Nobody knows whether the ERP has done them. */
      unknown: z.number(),
      /** Waiting for a person, those of an unknown outcome included. */
      deadLetters: z.number(),
      /** The ERP said yes, and nothing of it can be seen. */
      overdue: z.number(),
      /** Why nothing is sent. */
      closedBecause: z.nullable(z.string()),
    }),
  ),
  /** GraphQL requests since the gateway started. */
  requests: z.optional(z.object({ total: z.number(), failed: z.number() })),
  /** Finished answers that the gateway keeps; absent where it keeps none. Lookups are counted since it started. */
  keptAnswers: z.optional(
    z.object({
      entries: z.number(),
      bytes: z.number(),
      maxBytes: z.number(),
      hits: z.number(),
      /** Lookups that found nothing, or were not answered with what was found. */
      misses: z.number(),
    }),
  ),
});
export type Status = z.infer<typeof Status>;

export const parseStatus = (answer: unknown): Status => Status.parse(answer);
