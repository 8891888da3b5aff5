/**
 * Processes other than this one: whether they live, who they are, and a program run to its end.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The program and its arguments; nothing if the process is gone, or a zombie. */
export function commandOf(pid: number): string[] {
  if (process.platform === 'linux') return readProc(pid, 'cmdline')?.split('\0') ?? [];
  return ps(pid, 'command=').split(' ');
}

/** Tells a process from a later one that was given the same pid; undefined if there is none. */
export function identityOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    // The name, in brackets, may hold blanks; the 20th field after it is when the process started.
    const startedAt = readProc(pid, 'stat')?.split(') ').at(-1)?.split(' ')[19];
    return startedAt && `${pid}@${startedAt}`;
  }
  const startedAt = ps(pid, 'lstart=').replaceAll(/\s+/g, '-');
  return startedAt && `${pid}@${startedAt}`;
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string {
  return spawnSync('ps', ['-ww', '-p', String(pid), '-o', column], { encoding: 'utf8' }).stdout.trim();
}

export interface RunSettings {
  readonly uid?: number;
  readonly gid?: number;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a program to its end, or to ours. `output` is the end of what it said. */
export async function run(
  program: string,
  args: readonly string[],
  settings: RunSettings,
): Promise<{ status: number | null; output: string }> {
  const child = spawn(program, args, { ...settings, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4_000);
    });
  }
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  try {
    return { status: await promise, output: output.trim() };
  } finally {
    process.off('exit', kill);
  }
}
