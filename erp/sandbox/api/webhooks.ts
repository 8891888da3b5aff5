/**
 * Tells subscribers of changes, at least once: what is not taken is sent again, later each time, while what comes after it
 * goes on. So events may come twice and out of order even where no fault was asked for, and after the last attempt
 * one is lost. Their numbers tell.
 *
 * An event names a row and its version, not its values: who wants them asks for the row.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Log } from '../../../runtime/log.ts';
import type { Faults } from '../faults.ts';
import type { Counters } from './counters.ts';
import { SIGNATURE_HEADER, signature } from './signature.ts';

export interface WebhookSettings {
  readonly db: pg.Pool;
  readonly eventsPerDelivery: number;
  /** The first pause before something is sent again; it doubles each time. */
  readonly retryMs: number;
  readonly faults: Faults;
  readonly counters: Counters;
  readonly log: Log;
}

export interface Webhooks {
  /** To be called when somebody subscribes or leaves. */
  look(): void;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 50;
const DELIVERY_TIMEOUT_MS = 5_000;
const ATTEMPTS = 12;
const LONGEST_PAUSE_MS = 60_000;
/** How long a delivery is held back to come out of order. */
const HELD_BACK_MS = 500;
const TAKEN_AT_ONCE = 1_000;

interface Delivery {
  readonly id: string;
  readonly subscription: string;
  readonly url: string;
  readonly secret: string;
  readonly events: string;
  readonly attempts: number;
}

export function startWebhooks(settings: WebhookSettings): Webhooks {
  const { db, log } = settings;
  const stopping = new AbortController();
  let waking = new AbortController();

  /** The subscribers, one after the other; each one's deliveries in their order. */
  async function tellAll(): Promise<{ readonly subscribers: number; readonly told: number }> {
    await number(settings);
    const { rows } = await db.query<{ id: string }>('select id::text from api.subscription');
    const told = await Promise.all(
      rows.map(async ({ id }) => {
        const deliveries = await dueDeliveries(db, id);
        for (const delivery of deliveries)
          if (!stopping.signal.aborted) await tell(delivery, settings, stopping.signal);
        return deliveries.length;
      }),
    );
    return { subscribers: rows.length, told: told.reduce((sum, count) => sum + count, 0) };
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      const { subscribers, told } = await tellAll().catch((err: unknown) => {
        if (!stopping.signal.aborted) log.warn({ err }, 'The webhooks could not be served; trying again');
        return { subscribers: 1, told: 0 };
      });
      if (told > 0) continue;
      const signal = AbortSignal.any([stopping.signal, waking.signal]);
      // Without subscribers there is nothing to look for until one comes.
      const pauseMs = subscribers > 0 ? LOOK_EVERY_MS : 2 ** 31 - 1;
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  const running = run();
  return {
    look: () => waking.abort(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Gives the committed events their numbers and makes deliveries of them. One process does it at a time. */
async function number({ db, eventsPerDelivery }: WebhookSettings): Promise<void> {
  await db.query({
    text: /* sql */ `
      with taken as (
        delete from api.event_outbox where id in (select id from api.event_outbox order by id limit $1) returning *
      ), numbered as (
        select s.id as subscription, s.last_sequence + row_number() over (partition by s.id order by t.id) as sequence, t.event
        from taken t cross join api.subscription s
      ), counted as (
        update api.subscription s set last_sequence = n.last
        from (select subscription, max(sequence) as last from numbered group by subscription) n where s.id = n.subscription
      )
      insert into api.delivery (subscription, events)
      select subscription, json_agg(jsonb_build_object('sequence', sequence) || event order by sequence)
      from numbered group by subscription, (sequence - 1) / $2::int order by min(sequence)`,
    values: [TAKEN_AT_ONCE, eventsPerDelivery],
  });
}

async function dueDeliveries(db: pg.Pool, subscription: string): Promise<readonly Delivery[]> {
  const { rows } = await db.query<Delivery>({
    text: /* sql */ `
      select d.id::text, s.id::text as subscription, s.url, s.secret, d.events::text, d.attempts
      from api.delivery d join api.subscription s on s.id = d.subscription
      where s.id = $1 and d.due <= now() order by d.id limit 50`,
    values: [subscription],
  });
  return rows;
}

async function tell(delivery: Delivery, settings: WebhookSettings, stopping: AbortSignal): Promise<void> {
  const { db, faults, counters, retryMs } = settings;
  const struck = new Set(delivery.attempts === 0 ? faults.strike('event').map(({ kind }) => kind) : []);
  const again = (pauseMs: number) =>
    db.query({
      text: `update api.delivery set attempts = attempts + 1, due = now() + make_interval(secs => $2 / 1000.0) where id = $1`,
      values: [delivery.id, pauseMs],
    });
  const done = () => db.query('delete from api.delivery where id = $1', [delivery.id]);

  if (struck.has('lose')) {
    counters.deliveries.lost += 1;
    await done();
    return;
  }
  if (struck.has('reorder')) {
    counters.deliveries.heldBack += 1;
    await again(HELD_BACK_MS);
    return;
  }
  const isTaken = await send(delivery, stopping);
  if (isTaken && struck.has('double')) {
    counters.deliveries.doubled += 1;
    await send(delivery, stopping);
  }
  if (isTaken) {
    counters.deliveries.taken += 1;
    await done();
  } else if (delivery.attempts + 1 >= ATTEMPTS) {
    counters.deliveries.lost += 1;
    await done();
  } else {
    counters.deliveries.refused += 1;
    await again(Math.min(retryMs * 2 ** delivery.attempts, LONGEST_PAUSE_MS));
  }
}

/** Whether the subscriber has taken it. */
async function send(delivery: Delivery, stopping: AbortSignal): Promise<boolean> {
  const { id, subscription, url, secret, events } = delivery;
  const body = `{"subscription":"${subscription}","events":${events}}`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'x-sandbox-delivery': id,
        [SIGNATURE_HEADER]: signature(secret, body, Date.now()),
      },
      body,
      signal: AbortSignal.any([stopping, AbortSignal.timeout(DELIVERY_TIMEOUT_MS)]),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
