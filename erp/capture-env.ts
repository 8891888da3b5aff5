/** How the ERP is captured, and where it is reached: what a deployment says of it. */
import { z } from 'zod';
import { postgresUrl } from '../runtime/env.ts';

const ways = ['replication', 'poll'] as const;

/** What each way of capture cannot do without. */
const needed = {
  replication: ['SKIFF_ERP_DATABASE_URL'],
  poll: ['SKIFF_ERP_URL', 'SKIFF_ERP_USER', 'SKIFF_ERP_PASSWORD'],
} as const satisfies Record<(typeof ways)[number], readonly string[]>;

export const CaptureEnv = z
  .object({
    SKIFF_CAPTURE: z.enum(ways).default('replication'),
    SKIFF_ERP_DATABASE_URL: postgresUrl.optional(),
    SKIFF_ERP_URL: z.url().optional(),
    SKIFF_ERP_USER: z.string().optional(),
    SKIFF_ERP_PASSWORD: z.string().optional(),
    SKIFF_ERP_DATABASE: z.string().optional(),
  })
  .superRefine((env, { addIssue }) => {
    for (const name of needed[env.SKIFF_CAPTURE]) {
      if (env[name] === undefined) addIssue({ code: 'custom', path: [name], message: 'is not set', input: undefined });
    }
  })
  .transform((env) => ({
    way: env.SKIFF_CAPTURE,
    databaseUrl: env.SKIFF_ERP_DATABASE_URL ?? '',
    api: {
      url: env.SKIFF_ERP_URL ?? '',
      user: env.SKIFF_ERP_USER ?? '',
      password: env.SKIFF_ERP_PASSWORD ?? '',
      database: env.SKIFF_ERP_DATABASE,
    },
  }));
