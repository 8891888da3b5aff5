/**
 * Watches, while a product's new name makes its way, that no answer claims to be newer than the rename and shows the old
 * name. The first rows and the last ones of each list are looked at: keys are gone through in their order.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { graphqlClient } from '../graphql-client.ts';

export interface Honesty {
  readonly answers: number;
  readonly withOldName: number;
  readonly dishonest: number;
}

export interface HonestyWatch {
  /** The rename's COMMIT has returned. */
  committed(at: Date): void;
  /** Looks once more at everything. */
  end(): Promise<Honesty>;
}

const LISTS = ['salesOrderLines', 'shipmentLines', 'stockMovements', 'invoiceLines'] as const;
const PAUSE_MS = 50;

const Names = z.object({ nodes: z.array(z.object({ productName: z.string().nullable() })) });
const Ends = z.object({ first: Names, last: Names });

export function watchHonesty(url: string, product: string, oldName: string): HonestyWatch {
  const ended = new AbortController();
  let committedAt: Date | null = null;
  const seen = { answers: 0, withOldName: 0, dishonest: 0 };
  const client = graphqlClient(url);

  const look = async (list: (typeof LISTS)[number]) => {
    const query = `query Names($product: ID!) {
      first: ${list}(filter: { productId: { eq: $product } }, first: 50) { nodes { productName } }
      last: ${list}(filter: { productId: { eq: $product } }, last: 50) { nodes { productName } }
    }`;
    const { data, asOf } = await client.ask(query, { product }, Ends);
    if (committedAt === null) return;
    const isOld = [...data.first.nodes, ...data.last.nodes].some(({ productName }) => productName === oldName);
    seen.answers++;
    if (isOld) seen.withOldName++;
    // Judged by the moment the COMMIT was acknowledged.
    if (isOld && asOf >= committedAt) seen.dishonest++;
  };
  const watching = (async () => {
    while (!ended.signal.aborted) {
      for (const list of LISTS) await look(list);
      await sleep(PAUSE_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  // When it fails, `end` says so; a bench that fails for another reason must be able to say that.
  watching.catch(() => undefined);
  return {
    committed(at) {
      committedAt = at;
    },
    async end() {
      ended.abort();
      await watching;
      for (const list of LISTS) await look(list);
      client[Symbol.dispose]();
      return seen;
    },
  };
}
