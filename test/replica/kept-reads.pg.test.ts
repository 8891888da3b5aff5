/** What is kept of reads is what would be read: after any changes, of any list, row and count. */
import { expect, test } from 'vitest';
import { Random } from '../../erp/sandbox/random.ts';
import type { FlatReads } from '../../replica/read.ts';
import { testPostgres } from '../postgres.ts';
import { keptReads, keptSchema } from './kept-reads.ts';
import { randomChange, randomRead } from './kept-reads-random.ts';
import { smallErp } from './small-erp.ts';

const ROUNDS = 20;
const READS = 12;

test('a kept answer is the one that would be read now, whatever has changed', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url, { schema: keptSchema });
  await using reads = await keptReads(db.url, erp);
  const random = new Random(7);
  const questions = Array.from({ length: 60 }, () => randomRead(random));
  for (let round = 0; round < ROUNDS; round++) {
    await erp.apply(...Array.from({ length: 3 }, () => randomChange(random)));
    await reads.serving.refresh();
    for (let read = 0; read < READS; read++) {
      const question = random.pick(questions);
      const ask = (of: FlatReads) => question?.ask(of);
      expect(await ask(reads.kept), `${question?.text} in round ${round}`).toEqual(await ask(reads.unkept));
    }
  }
  const { hits, changed } = reads.cache.counts;
  expect(hits).toBeGreaterThan(ROUNDS);
  expect(changed).toBeGreaterThan(0);
});
