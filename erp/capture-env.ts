/** How the ERP is captured, and where it is reached: what a deployment says of it. */
import { z } from 'zod';
import { port, positiveInteger, postgresUrl } from '../runtime/env.ts';

const ways = ['replication', 'poll', 'events'] as const;

const api = ['SKIFF_ERP_URL', 'SKIFF_ERP_USER', 'SKIFF_ERP_PASSWORD'] as const;

/** What each way of capture cannot do without. */
const needed = {
  replication: ['SKIFF_ERP_DATABASE_URL'],
  poll: api,
  events: [...api, 'SKIFF_EVENTS_SECRET'],
} as const satisfies Record<(typeof ways)[number], readonly string[]>;

export const CaptureEnv = z
  .object({
    SKIFF_CAPTURE: z.enum(ways).default('replication'),
    SKIFF_ERP_DATABASE_URL: postgresUrl.optional(),
    SKIFF_ERP_URL: z.url().optional(),
    SKIFF_ERP_USER: z.string().optional(),
    SKIFF_ERP_PASSWORD: z.string().optional(),
    SKIFF_ERP_DATABASE: z.string().optional(),
    SKIFF_DOWNGRADE_AFTER_SECONDS: positiveInteger.default(120),
    SKIFF_EVENTS_HOST: z.string().default('127.0.0.1'),
    SKIFF_EVENTS_PORT: port.default(4200),
    SKIFF_EVENTS_SECRET: z.string().min(16, 'must have at least 16 characters').optional(),
    SKIFF_EVENTS_URL: z.url().optional(),
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
    /** Null where the ERP's API is not configured beside its database. */
    downgradeAfterMs: api.every((name) => env[name] !== undefined) ? env.SKIFF_DOWNGRADE_AFTER_SECONDS * 1_000 : null,
    events: {
      host: env.SKIFF_EVENTS_HOST,
      port: env.SKIFF_EVENTS_PORT,
      secret: env.SKIFF_EVENTS_SECRET ?? '',
      url: env.SKIFF_EVENTS_URL ?? null,
    },
  }));
