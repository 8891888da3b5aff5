/** The log: runtime/log.ts. */
import { expect, test } from 'vitest';
import { createLog, type LogConfig, withoutPasswords } from '../../runtime/log.ts';

function written(isTTY: boolean, level: LogConfig['level'] = 'info') {
  const lines: string[] = [];
  return { lines, log: createLog({ level }, { isTTY, write: (line) => lines.push(line) }) };
}

test('a line is one JSON object with its time, level and fields', () => {
  const { lines, log } = written(false);
  log.info({ table: 'party' }, 'Copied');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    table: 'party',
    msg: 'Copied',
  });
});

test('a person at a terminal reads short lines, with the stack of an error', () => {
  const { lines, log } = written(true);
  log.warn({ table: 'party', err: new Error('no such table', { cause: new Error('schema changed') }) }, 'Stopped');
  expect(lines.join('')).toMatch(/^\d\d:\d\d:\d\d WARN {2}Stopped table=party\nError: no such table\n/);
  expect(lines.join('')).toContain('schema changed');
});

test('fields that hold secrets are cut out', () => {
  const { lines, log } = written(false);
  log.info({ password: 'hunter2', req: { headers: { authorization: 'Bearer hunter2' } } }, 'x');
  expect(lines.join('')).not.toContain('hunter2');
});

test('the password of a URL is cut out wherever it stands', () => {
  const { lines, log } = written(false);
  const url = 'postgresql://skiff:hunter2@db.example:5432/x';
  log.error({ err: new Error(`cannot reach ${url}`), url }, `no answer from ${url}`);
  expect(lines.join('')).not.toContain('hunter2');
  expect(lines.join('')).toContain('db.example');
});

test.each([
  ['http://host/a:b@c', 'http://host/a:b@c'],
  ['https://user:p%40ss@host and http://u:x@h', 'https://user:[cut]@host and http://u:[cut]@h'],
  ['a@b.example: sent', 'a@b.example: sent'],
])('%s becomes %s', (text, expected) => {
  expect(withoutPasswords(text)).toBe(expected);
});

test('what is below the level is not written', () => {
  const { lines, log } = written(false, 'warn');
  log.info('x');
  expect(lines).toEqual([]);
});
