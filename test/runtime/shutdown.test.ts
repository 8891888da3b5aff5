/** The end of a process: runtime/shutdown.ts. */
import { expect, test } from 'vitest';
import { type Program, runProgram } from '../child-process.ts';

const program = new URL('shutdown-program.ts', import.meta.url);

async function started(manner = ''): Promise<Program> {
  const running = runProgram(program, { args: [manner] });
  expect(await running.nextLine()).toBe('ready');
  return running;
}

async function rest(running: Program): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await running.nextLine(); line !== undefined; line = await running.nextLine()) lines.push(line);
  return lines;
}

const IN_ORDER = ['ending', 'gateway stopped', 'database stopped'];

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s stops everything, what was started last first, and the exit code is %d', async (signal, code) => {
  await using running = await started();
  running.process.kill(signal);
  expect(await rest(running)).toEqual(IN_ORDER);
  expect(await running.ended()).toBe(code);
});

test('a Ctrl-C that arrives twice, as under npm, is one', async () => {
  await using running = await started();
  running.process.kill('SIGINT');
  running.process.kill('SIGINT');
  expect(await rest(running)).toEqual(IN_ORDER);
  expect(await running.ended()).toBe(130);
});

test('a second Ctrl-C ends it at once, and kills what would stay behind', async () => {
  await using running = await started('hang');
  running.process.kill('SIGINT');
  expect(await running.nextLine()).toBe('ending');
  // Until it counts as the second: a signal too early is ignored.
  const again = setInterval(() => running.process.kill('SIGINT'), 100);
  expect(await rest(running)).toEqual(['gateway killed', 'database killed']);
  clearInterval(again);
  expect(await running.ended()).toBe(130);
});

test('what does not stop in time is killed, and named', async () => {
  await using running = await started('hang');
  running.process.kill('SIGTERM');
  expect(await rest(running)).toEqual(['ending', 'gateway killed', 'database killed']);
  expect(await running.ended()).toBe(143);
  expect(running.complaints()).toContain('"waitingFor":"gateway"');
});

test('a thing that fails to stop is killed, and the others are stopped all the same', async () => {
  await using running = await started('fail');
  running.process.kill('SIGTERM');
  expect(await rest(running)).toEqual(['ending', 'gateway killed', 'database stopped']);
  expect(await running.ended()).toBe(143);
});

test('an error that nobody catches is logged whole and ends the process in order', async () => {
  await using running = await started('crash');
  expect(await rest(running)).toEqual(IN_ORDER);
  expect(await running.ended()).toBe(1);
  expect(running.complaints()).toContain('nobody catches this');
});

test('a program that is done ends in the same order, with its own exit code', async () => {
  await using running = await started('finish');
  expect(await rest(running)).toEqual(IN_ORDER);
  expect(await running.ended()).toBe(7);
});
