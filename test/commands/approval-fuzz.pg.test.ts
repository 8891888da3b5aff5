import { expect, test } from 'vitest';
import { fuzzApprovals } from './approval-fuzz.ts';
import { commandOffice } from './commands.ts';

const ROUNDS = 100;

test('no interleaving of proposals, edits, approvals and changes breaks a rule of approval', async () => {
  await using office = await commandOffice();
  const seed = Number(process.env.SKIFF_TEST_SEED ?? Date.now() % 1_000_000);
  const { interleavings, proposed, applied, ...faults } = await fuzzApprovals(office, ROUNDS, seed);
  expect(faults, `seed ${seed}`).toEqual({
    fourEyesBypasses: 0,
    unapproved: 0,
    stalePremisesApplied: 0,
    wrongPlant: 0,
    sentBackForNothing: 0,
  });
  expect(applied, `seed ${seed}`).toBeGreaterThan(0);
});
