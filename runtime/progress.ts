/**
 * Progress on stderr: a bar that redraws itself on a terminal, else a line every few seconds.
 *
 * stdout stays free for results.
 */

export interface Progress {
  /** `count` more are done. */
  add(count: number): void;
  /** Shows the final state. To be called once, whatever happened. */
  end(): void;
}

export interface ProgressSettings {
  /** What is being done: `Seeding shipment lines`. */
  readonly label: string;
  /** How many there will be; without it the rate is shown alone. */
  readonly total?: number | undefined;
  /** Of what: `rows`. */
  readonly unit?: string;
  readonly stream?: ProgressStream;
}

/** What of a terminal's or a file's stream is used. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const LINE_MS = 5_000;
const BAR_WIDTH = 24;

export function showProgress(settings: ProgressSettings): Progress {
  const { stream = process.stderr } = settings;
  const startedAt = performance.now();
  let done = 0;

  const draw = (isLast: boolean) => {
    const line = progressLine(settings, done, (performance.now() - startedAt) / 1_000, isLast);
    stream.write(stream.isTTY ? `\r\x1b[2K${line}${isLast ? '\n' : ''}` : `${line}\n`);
  };
  const timer = setInterval(() => draw(false), stream.isTTY ? REDRAW_MS : LINE_MS);
  timer.unref();

  return {
    add(count) {
      done += count;
    },
    end() {
      clearInterval(timer);
      draw(true);
    },
  };
}

/** `Seeding ▕██████      ▏  25 %  25,000 of 100,000 rows, 50,000/s, 2 s left` */
export function progressLine(
  { label, total, unit = '' }: ProgressSettings,
  done: number,
  seconds: number,
  isLast: boolean,
): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const speed = `${grouped(rate)}/s`;
  const counted = `${grouped(done)}${total === undefined ? '' : ` of ${grouped(total)}`}${unit && ` ${unit}`}`;
  if (isLast) return `${label}: ${grouped(done)}${unit && ` ${unit}`} in ${seconds.toFixed(1)} s, ${speed}`;
  if (total === undefined) return `${label}: ${counted}, ${speed}`;

  const share = total === 0 ? 1 : Math.min(done / total, 1);
  const bar = '█'.repeat(Math.floor(share * BAR_WIDTH)).padEnd(BAR_WIDTH);
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const left = rate > 0 ? `, ${grouped((total - done) / rate)} s left` : '';
  return `${label} ▕${bar}▏ ${percent}  ${counted}, ${speed}${left}`;
}

const grouped = (value: number) => Math.max(0, Math.round(value)).toLocaleString('en-US');
