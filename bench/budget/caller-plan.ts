/** What a calling process is told, and what it reports. */
import { z } from 'zod';
import { callClasses } from '../../erp/budget/limits.ts';

export const CallerPlan = z.object({
  databaseUrl: z.string(),
  apiUrl: z.string(),
  /** One page of it a call. */
  path: z.string(),
  token: z.string(),
  kind: z.enum(callClasses),
  /** At random moments; null for one after the other without a pause, by several at once. */
  perSecond: z.number().nullable(),
  deadlineMs: z.number().nullable(),
  forMs: z.number(),
  limits: z.object({
    requests: z.number(),
    windowMs: z.number(),
    concurrency: z.number(),
    callTimeoutMs: z.number(),
  }),
});
export type CallerPlan = z.infer<typeof CallerPlan>;

export const CallerReport = z.object({ latenciesMs: z.array(z.number()), refused: z.number() });
export type CallerReport = z.infer<typeof CallerReport>;
