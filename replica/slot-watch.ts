/**
 * What the slot watchdog last saw, kept in our database so that a gateway can show it. The watchdog does its work
 * whether this database answers or not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Log } from '../runtime/log.ts';
import { pool } from './connect.ts';

const SlotWatch = z.object({
  retainedBytes: z.number().nullable(),
  limits: z.object({ limitBytes: z.number(), hardLimitBytes: z.number() }),
  /** The ERP's transaction that holds back more than the limit. */
  heldBy: z
    .object({
      pid: z.number().nullable(),
      role: z.string().nullable(),
      application: z.string().nullable(),
      ageSeconds: z.number(),
    })
    .nullable(),
  drops: z.number(),
});
export type SlotWatch = z.infer<typeof SlotWatch>;

export const parseSlotWatch = (value: unknown): SlotWatch => SlotWatch.parse(value);

const PUBLISH_EVERY_MS = 1_000;

/** Publishes what `current` says until the signal aborts. */
export async function keepSlotWatchPublished(
  databaseUrl: string,
  slot: string,
  current: () => SlotWatch | null,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const db = pool(databaseUrl, 1);
  while (!signal.aborted) {
    const watch = current();
    try {
      if (watch) await db.query({ ...publish, values: [slot, JSON.stringify(watch)] });
    } catch (err) {
      log.debug({ err }, 'What the slot watchdog saw cannot be published at present');
    }
    await sleep(PUBLISH_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  await db.end();
}

const publish = {
  name: 'publish_slot_watch',
  text: /* sql */ `
    insert into skiff.slot_watch (slot, at, watch) values ($1, clock_timestamp(), $2)
    on conflict (slot) do update set at = excluded.at, watch = excluded.watch`,
};
