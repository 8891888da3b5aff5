/** What a poll that nobody waits for any more brings must not reach the mirror behind the back of whoever writes it next. */
import { expect, test } from 'vitest';
import type { ReplicaSink } from '../../../erp/connector.ts';
import { fenced } from '../../../erp/downgrade/fence.ts';

test('a closed fence lets nothing through, and closing waits for what had come through', async () => {
  const applying = Promise.withResolvers<{ news: []; unsure: [] }>();
  const reached: string[] = [];
  const sink: ReplicaSink = Object.assign(Object.create(null), {
    batchSize: 7,
    now: async () => 'now',
    applyRead: ({ table }: { table: string }) => {
      reached.push(table);
      return applying.promise;
    },
  });
  const fence = fenced(sink);
  const read = (table: string) => fence.sink.applyRead({ table, begunAt: '', rows: [], gone: [] });

  const early = read('early');
  let isClosed = false;
  const closing = fence.close().then(() => {
    isClosed = true;
  });
  await expect(read('late')).rejects.toThrow('no longer polled');
  expect({ reached, isClosed }).toEqual({ reached: ['early'], isClosed: false });

  applying.resolve({ news: [], unsure: [] });
  await Promise.all([early, closing]);
  expect(await fence.sink.now()).toBe('now');
  expect(fence.sink.batchSize).toBe(7);
});
