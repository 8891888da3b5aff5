/** What the ERP's API takes, as a deployment says it. All processes that call one ERP must be told the same. */
import { z } from 'zod';
import { positiveInteger } from '../runtime/env.ts';
import type { BudgetLimits } from './budget.ts';

export const BudgetEnv = z
  .object({
    SKIFF_ERP_REQUESTS: positiveInteger.default(300),
    SKIFF_ERP_WINDOW_SECONDS: positiveInteger.default(60),
    SKIFF_ERP_CONCURRENCY: positiveInteger.default(4),
    SKIFF_ERP_TIMEOUT_MS: positiveInteger.default(30_000),
  })
  .transform(
    (env): BudgetLimits => ({
      requests: env.SKIFF_ERP_REQUESTS,
      windowMs: env.SKIFF_ERP_WINDOW_SECONDS * 1_000,
      concurrency: env.SKIFF_ERP_CONCURRENCY,
      callTimeoutMs: env.SKIFF_ERP_TIMEOUT_MS,
    }),
  );
