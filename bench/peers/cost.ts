/** What processes have cost so far, as Linux counts it: CPU time and resident memory. Elsewhere there is no such count. */
import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;

/** Of a process that has ended: nothing. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

interface Stat {
  readonly parent: number;
  readonly cpuMs: number;
  /** Of children that have ended and been waited for. */
  readonly endedMs: number;
}

function statOf(pid: number): Stat {
  const stat = read(pid, 'stat');
  // A name in brackets comes first, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = (...at: readonly number[]) => at.reduce((sum, one) => sum + Number(fields[one] ?? 0), 0);
  return { parent: ticks(1), cpuMs: ticks(11, 12) * TICK_MS, endedMs: ticks(13, 14) * TICK_MS };
}

const allPids = (): number[] => readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));

/** Of these processes and their children: PostgreSQL has one for each connection. */
export function cpuMsOf(pids: readonly number[]): number {
  const asked = new Set(pids);
  let sum = 0;
  for (const pid of allPids()) {
    const { parent, cpuMs, endedMs } = statOf(pid);
    if (asked.has(pid)) sum += cpuMs + endedMs;
    else if (asked.has(parent)) sum += cpuMs;
  }
  return sum;
}

export const rssMbOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + Number(/VmRSS:\s+(\d+) kB/.exec(read(pid, 'status'))?.[1] ?? 0) / 1_024, 0);
