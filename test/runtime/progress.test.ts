/** Progress on stderr: runtime/progress.ts. */
import { expect, test } from 'vitest';
import { progressLine, showProgress } from '../../runtime/progress.ts';

test('a bar shows the share, the count, the speed and the time left', () => {
  const line = progressLine({ label: 'Seeding', total: 100_000, unit: 'rows' }, 25_000, 0.5, false);
  expect(line).toBe('Seeding ▕██████                  ▏  25 %  25,000 of 100,000 rows, 50,000/s, 2 s left');
});

test('without a total there is no bar', () => {
  expect(progressLine({ label: 'Copying party', unit: 'rows' }, 1_000, 2, false)).toBe(
    'Copying party: 1,000 rows, 500/s',
  );
});

test('the last line says what was done and how long it took', () => {
  expect(progressLine({ label: 'Seeding', total: 10 }, 10, 4, true)).toBe('Seeding: 10 in 4.0 s, 3/s');
});

test('nothing to do is done at once', () => {
  expect(progressLine({ label: 'Seeding', total: 0 }, 0, 0, false)).toContain('100 %');
});

test.each([
  ['a terminal', true, '\r\x1b[2KSeeding: 3 in '],
  ['a file', false, 'Seeding: 3 in '],
])('the end is written to %s in a line of its own', (_name, isTTY, expected) => {
  const texts: string[] = [];
  const progress = showProgress({ label: 'Seeding', stream: { isTTY, write: (text) => texts.push(text) } });
  progress.add(3);
  progress.end();
  expect(texts.at(-1)).toContain(expected);
  expect(texts.at(-1)).toMatch(/\n$/);
});
