/**
 * How many commands are accepted in a second: clients that ask without a pause, each answered after its commit, and
 * nobody who sends meanwhile. Counted is what the outbox then has.
 */
import { randomUUID } from 'node:crypto';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { createApiKey } from '../../replica/api-keys.ts';
import type { Database } from '../databases.ts';
import { load } from '../load.ts';
import { type Asked, CREATE, inputOf, outbox } from './office.ts';

export interface Throughput {
  readonly replica: Database;
  readonly address: string;
  /** So many are accepted before anything is measured: what is planned and compiled once is. */
  readonly warmUp: number;
  readonly commands: number;
  readonly next: () => Asked;
}

const CONNECTIONS = 32;

export async function acceptedPerSecond({ replica, address, warmUp, commands, next }: Throughput): Promise<number> {
  const name = `bench-${randomUUID()}`;
  const secret = await createApiKey(replica.pool, {
    name,
    scopes: ['propose:*', 'read:*'],
    access: ALL_PLANTS,
    expiresAt: null,
  });
  const accept = async (many: number): Promise<number> => {
    const bodies = Array.from({ length: many }, () => {
      const input = inputOf(next(), `accept-${randomUUID()}`);
      return Buffer.from(JSON.stringify({ query: CREATE, variables: { input } }));
    });
    const before = (await outbox(replica, 0)).length;
    const began = performance.now();
    await load({
      url: address,
      bodies,
      headers: { 'x-api-key': secret ?? '' },
      connections: CONNECTIONS,
      forMs: Number.POSITIVE_INFINITY,
      most: many,
    });
    const tookMs = performance.now() - began;
    const accepted = (await outbox(replica, 0)).length - before;
    if (accepted !== many) throw new Error(`Of ${many} commands ${accepted} were accepted`);
    return (accepted * 1_000) / tookMs;
  };
  await accept(warmUp);
  return accept(commands);
}
