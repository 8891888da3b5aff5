/** Waits until something is so, asking every few milliseconds. */
import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 5;

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(EVERY_MS);
}
