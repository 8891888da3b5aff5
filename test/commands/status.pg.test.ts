import { expect, test } from 'vitest';
import { commandMetrics, commandStatus } from '../../commands/status.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import { commandOffice, order } from './commands.ts';

test('console and metrics say what is queued, unknown, waits for a person, is overdue, and that nothing is sent', async () => {
  await using office = await commandOffice();
  const empty = { proposed: 0, queued: 0, oldestQueuedSeconds: null, unknown: 0, deadLetters: 0, overdue: 0 };
  expect(await commandStatus(office.db)).toEqual({ ...empty, closedBecause: null });

  const states = {
    QUEUED: null,
    FAILED: 'RETRY',
    UNKNOWN: 'UNKNOWN',
    DEAD_LETTER: 'REJECTED',
    OVERDUE: null,
    CONFIRMED: null,
  };
  await office.desk('ann').create(order(), 'proposed');
  for (const [state, fault] of [...Object.entries(states), ['DEAD_LETTER', 'UNKNOWN'] as const]) {
    const { id } = await office.desk('ann').create(order({ quantity: '1' }), `${state}-${fault}`);
    const since = `queued_at = now() - interval '1 hour'`;
    await office.models.query(
      `update skiff.command set state = '${state}', ${since}, fault = ${fault ? `'${fault}'` : 'null'} where id = '${id}'`,
    );
  }
  await office.models.query(`update skiff.command_gate set closed_because = 'It was restored.'`);
  const status = await commandStatus(office.db);
  expect(status).toMatchObject({ proposed: 1, queued: 2, unknown: 2, deadLetters: 2, overdue: 1 });
  expect(status.closedBecause).toBe('It was restored.');
  expect(status.oldestQueuedSeconds).toBeGreaterThanOrEqual(3_600);

  const metrics = createMetrics();
  commandMetrics(metrics, () => commandStatus(office.db));
  const text = await metrics.text();
  for (const line of ['queued 2', 'unknown 2', 'dead_letters 2', 'overdue 1', 'proposed 1', 'stopped 1']) {
    expect(text).toContain(`\nskiff_commands_${line}\n`);
  }
});
