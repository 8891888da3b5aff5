/** The sandbox ERP's webhooks as Skiff takes them: thin events, numbered for each subscription. */
import { z } from 'zod';
import type { ApiAccess } from '../connector.ts';
import type { Webhooks } from '../event.ts';
import { AccessToken } from '../rest/access-token.ts';
import { failedCall } from '../rest/failed-call.ts';
import { ErpCallFailed } from '../transport.ts';

const Delivery = z.object({
  subscription: z.string(),
  events: z.array(
    z.object({
      sequence: z.int().positive(),
      table: z.string(),
      key: z.array(z.string()).min(1),
      version: z
        .string()
        .regex(/^\d{1,18}$/)
        .transform(BigInt),
    }),
  ),
});

export function webhooks({ url: api, user, password }: ApiAccess): Webhooks {
  const token = new AccessToken(new URL('/oauth/token', api), { user, password });
  return {
    signatureHeader: 'x-sandbox-signature',
    fillsGapsWithinMs: 10_000,
    pollEveryMs: 60_000,
    sweepEveryMs: 600_000,
    delivery: (body) => Delivery.parse(body),
    async subscribe(url, secret, signal) {
      const held = await token.get();
      const answer = await fetch(new URL('/api/v1/webhooks', api), {
        method: 'POST',
        headers: { authorization: `Bearer ${held}`, 'content-type': 'application/json' },
        body: JSON.stringify({ url, secret }),
        signal,
      }).catch((cause: unknown) => {
        if (signal.aborted) throw signal.reason;
        throw new ErpCallFailed('The ERP does not answer the subscription', null, null, { cause });
      });
      const said = await answer.text();
      if (answer.status === 401) token.refused(held);
      if (!answer.ok) throw failedCall('the subscription', answer, said.slice(0, 200));
    },
  };
}
