/**
 * Runs a capture beside a test, and stops it at the test's end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Barrier, Capture, CaptureSink, CaptureStatus, MirrorTable } from '../../../erp/connector.ts';
import { type PostgresCaptureSettings, postgresCapture } from '../../../erp/postgres/capture.ts';
import { createLog } from '../../../runtime/log.ts';
import { type Erp, PUBLICATION } from './erp.ts';

export interface RunningCapture extends AsyncDisposable {
  readonly capture: Capture;
  /** What it said, as JSON lines. */
  readonly log: readonly string[];
  status(): CaptureStatus;
  /** Everything committed in the ERP before is applied. */
  caughtUp(): Promise<Barrier>;
  /** Resolves when it ends by itself; rejects with its fault. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export function runCapture(
  erp: Erp,
  tables: readonly MirrorTable[],
  sink: CaptureSink,
  settings: Partial<PostgresCaptureSettings> = {},
): RunningCapture {
  const lines: string[] = [];
  const target = { write: (line: string) => lines.push(line) };
  const capture = postgresCapture({
    connectionString: erp.url,
    publication: PUBLICATION,
    slot: erp.slot,
    tables,
    log: createLog({ level: 'debug' }, target),
    ...settings,
  });
  const stopping = new AbortController();
  const ended = capture.run(sink, stopping.signal);
  ended.catch(() => {}); // the test looks at it, or stops it
  const stop = async () => {
    stopping.abort();
    await ended.catch(() => {});
  };
  return {
    capture,
    log: lines,
    status: () => capture.status(),
    caughtUp: () => capture.barrier(AbortSignal.any([stopping.signal, AbortSignal.timeout(50_000)])),
    ended,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Resolves when `isSo` does; the test's own timeout ends it otherwise. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10);
}
