/**
 * How soon an idle ERP is called, and what one key whose commands never end costs the others: clients ask at a pace that
 * leaves everybody time, with that key well and with it sick.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Databases } from '../databases.ts';
import { percentile, say } from '../figures.ts';
import { type Asked, type Client, outbox } from './office.ts';
import type { SickKey } from './sick-key.ts';

const EVERY_MS = 25;
const SICK_COMMANDS = 10;

export interface Paced {
  /** From the moment it was accepted, by the outbox, to that when the request's head was at the ERP; of an idle ERP, by half. */
  readonly pickupP50Ms: number;
  /** How many times longer the others take to be done, by half of them. */
  readonly sickKeyDelay: number;
}

export interface PaceSettings {
  readonly databases: Databases;
  readonly client: Client;
  readonly rounds: number;
  readonly sickKey: SickKey;
  /** What is asked next: of the key that falls ill, or of another. */
  readonly next: (isSick: boolean) => Asked;
  readonly drained: () => Promise<void>;
}

export async function paced({ databases, client, rounds, sickKey, next, drained }: PaceSettings): Promise<Paced> {
  const { replica } = databases;
  let keys = 0;
  const round = async () => {
    const after = (await outbox(replica, 0)).at(-1)?.number ?? 0;
    const ids = new Set<string>();
    for (let at = 0; at < rounds; at++) {
      ids.add(await client.create(next(false), `paced-${keys++}`));
      await sleep(EVERY_MS);
    }
    const done = async () => (await outbox(replica, after)).filter(({ id }) => ids.has(id));
    while ((await done()).some(({ doneMs }) => doneMs === null)) await sleep(50);
    return done();
  };
  await drained();
  say('How soon an idle ERP is called');
  const well = await round();
  await drained();
  say('The same while one key is sick');
  const sick = Array.from({ length: SICK_COMMANDS }, () => next(true));
  sickKey.fallIll(sick[0]?.productId ?? '');
  for (const asked of sick) await client.create(asked, `sick-${keys++}`);
  const beside = await round();
  sickKey.recover();
  await drained();
  const doneP50 = (rows: typeof well) =>
    percentile(
      rows.flatMap(({ doneMs }) => doneMs ?? []),
      0.5,
    );
  return {
    pickupP50Ms: percentile(
      well.flatMap(({ id, queuedAtMs }) => (sickKey.calledAtMs.get(id) ?? Number.NaN) - (queuedAtMs ?? 0)),
      0.5,
    ),
    sickKeyDelay: doneP50(beside) / doneP50(well),
  };
}
