/**
 * Lends a replica that the sandbox ERP tells of changes by webhook, and that polls so seldom that a test sees none of it:
 *
 *     await using replica = await toldReplica(api, { port });
 *     await settled(replica);
 */
import type { Webhooks } from '../../../erp/event.ts';
import { eventCapture } from '../../../erp/events/capture.ts';
import { webhooks } from '../../../erp/sandbox/webhooks.ts';
import { until } from '../postgres/running-capture.ts';
import { type PolledReplica, polledReplica, type ReachedApi } from '../rest/polled-replica.ts';

export const SECRET = 'a secret of twenty-four';
const NEVER_MS = 3_600_000;

export interface ToldSettings {
  readonly port: number;
  readonly webhooks?: Partial<Webhooks>;
}

export const hookUrl = (port: number): string => `http://127.0.0.1:${port}/`;

export const toldReplica = (api: ReachedApi, settings: ToldSettings): Promise<PolledReplica> =>
  polledReplica(api, {
    pollEveryMs: NEVER_MS,
    sweepEveryMs: NEVER_MS,
    around: (parts) =>
      eventCapture({
        ...parts,
        webhooks: {
          ...webhooks({ url: api.url, user: api.clientId, password: api.clientSecret }),
          ...settings.webhooks,
        },
        host: '127.0.0.1',
        port: settings.port,
        secret: SECRET,
        url: hookUrl(settings.port),
      }),
  });

/** Polls and sweeps are over, and will not come again by themselves. */
export async function settled(replica: PolledReplica): Promise<void> {
  await replica.copied;
  const unswept = 'select from skiff.table_poll where as_of is null or deletions_as_of is null';
  await until(async () => (await replica.db.query(unswept)).rowCount === 0);
}
