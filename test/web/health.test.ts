import { expect, test } from 'vitest';
import { commandTone, findings, modelState, modelTone, worst } from '../../web/console/health.ts';
import { ratePerSecond } from '../../web/console/rate.ts';
import { parseStatus, type Status } from '../../web/console/status.ts';
import { healthy, model, troubled } from './statuses.ts';

test('nothing is found on a healthy replica', () => {
  expect(findings(healthy)).toEqual([]);
  expect(worst([])).toBe('good');
});

test('everything that is wrong is found, the worst first', () => {
  const found = findings(troubled);
  expect(found.map(({ tone, text }) => `${tone}: ${text}`)).toEqual([
    'bad: The replica trails the ERP',
    'bad: 1 read model stopped',
    'bad: 2 ERP tables not as declared',
    'warn: Capture is reconnecting',
    'warn: 3 commands waiting for a person',
    'warn: 1 command acknowledged by the ERP and not seen in it',
    'warn: 12 commands queued for long',
    'warn: 2 keys in quarantine',
    'warn: 3 rows had drifted and were repaired',
    'busy: 1 table to be copied',
    'busy: 1 read model being built',
    'busy: A large change is being spread in 1 read model',
  ]);
});

const { report } = healthy;
test.each<[string, Status]>([
  ['No replica has run yet', { ...healthy, report: null }],
  ['The replica’s process is silent', { ...healthy, report: report && { ...report, ageSeconds: 60 } }],
])('a replica that does not run is bad, whatever it last said: %s', (text, status) => {
  expect(findings(status)).toEqual([{ tone: 'bad', text }]);
});

test('an ERP that is polled because its database is out of reach is a finding', () => {
  const downgraded = report && { ...report, capture: { ...report.capture, state: 'downgraded' } };
  expect(findings({ ...healthy, report: downgraded })).toEqual([
    { tone: 'warn', text: 'Capture is polling the API: the ERP’s database cannot be reached' },
  ]);
});

test.each([
  ['ready', 'good', {}],
  ['building', 'busy', { state: 'building' }],
  ['catching up', 'busy', { pending: 2 }],
  ['incomplete', 'warn', { quarantined: 1, pending: 2 }],
  ['stopped', 'bad', { stopped: 'a column is gone', quarantined: 1 }],
])('a read model that is %s is %s', (state, tone, differs) => {
  expect(modelState(model('product', differs))).toBe(state);
  expect(modelTone(model('product', differs))).toBe(tone);
});

test('a status without requests, or in a state not heard of, is read all the same', () => {
  const { requests: _, ...rest } = healthy;
  const status = { ...rest, models: [model('product', { state: 'hibernating' })] };
  expect(parseStatus(JSON.parse(JSON.stringify(status)))).toEqual(status);
});

test('that nothing is sent until an operator confirms is the worst that can be said of commands', () => {
  const { commands } = troubled;
  const closedBecause = 'The outbox was restored from a backup.';
  const closed = { ...healthy, commands: commands && { ...commands, closedBecause } };
  expect(findings(closed)[0]).toEqual({
    tone: 'bad',
    text: 'No command is sent until an operator confirms. The outbox was restored from a backup.',
  });
  expect([commandTone(closed), commandTone(troubled), commandTone(healthy)]).toEqual(['bad', 'warn', 'good']);
});

test('a rate is taken over the last ten seconds, and not across a counter that began anew', () => {
  const rising = [0, 1_000, 11_000, 16_000, 21_000].map((at) => ({ at, count: at / 10 }));
  expect(ratePerSecond(rising)).toBe(100);
  expect(ratePerSecond(rising.slice(0, 1))).toBeNull();
  expect(ratePerSecond([...rising, { at: 22_000, count: 5 }])).toBeNull();
});
