/** The figures on top: capture, lag, retained WAL, changes, commands, requests and what of them was answered from the cache. */
import type { ReactNode } from 'react';
import { bytes, duration, rounded, whole } from './format.ts';
import { captureTone, commandTone, lagTone, type Tone } from './health.ts';
import type { Sample } from './polled-status.ts';
import { ratePerSecond } from './rate.ts';
import { Sparkline } from './sparkline.tsx';
import type { Status } from './status.ts';

interface FiguresProps {
  readonly status: Status;
  readonly samples: readonly Sample[];
}

export function Figures({ status, samples }: FiguresProps) {
  const { report, watermarkAgeSeconds, commands, requests, keptAnswers } = status;
  const lags = samples.map((sample) => sample.status.watermarkAgeSeconds);
  const changes = rate(samples, ({ report }) => report?.changesApplied);
  const flatRows = rate(samples, ({ report }) => report?.flatRowsRewritten);
  const asked = rate(samples, ({ requests }) => requests?.total);
  return (
    <section className="figures" aria-label="Figures">
      <Figure title="Capture" value={report?.capture.state ?? 'never ran'} tone={captureTone(status)}>
        {report?.capture.fault ?? (status.source && <code>{status.source}</code>)}
      </Figure>
      <Figure
        title="Lag"
        value={watermarkAgeSeconds === null ? '–' : duration(watermarkAgeSeconds)}
        tone={lagTone(status)}
      >
        <Sparkline values={lags} label="Lag over the last two minutes" />
      </Figure>
      <Figure title="WAL retained in the ERP" value={optional(report?.capture.retainedBytes, bytes)}>
        {status.applied && (
          <>
            applied up to <code>{status.applied}</code>
          </>
        )}
      </Figure>
      <Figure title="Changes applied" value={optional(changes, rounded)} unit="/s">
        {flatRows !== null && <>{rounded(flatRows)} flat rows rewritten a second</>}
      </Figure>
      {commands && (
        <Figure title="Commands on their way" value={whole(commands.queued)} tone={commandTone(status)}>
          {whole(commands.proposed)} to be approved, {whole(commands.deadLetters)} dead letters,{' '}
          {whole(commands.unknown)} of unknown outcome, {whole(commands.overdue)} overdue
        </Figure>
      )}
      {requests && (
        <Figure title="Requests" value={optional(asked, rounded)} unit="/s">
          {whole(requests.total)} in all, {whole(requests.failed)} failed
        </Figure>
      )}
      {keptAnswers && (
        <Figure title="Answered from cache" value={optional(hitPercent(keptAnswers), rounded)} unit="%">
          {whole(keptAnswers.entries)} answers, {bytes(keptAnswers.bytes)} of {bytes(keptAnswers.maxBytes)}
        </Figure>
      )}
    </section>
  );
}

/** Since the gateway started; null while nothing was asked for. */
const hitPercent = ({ hits, misses }: NonNullable<Status['keptAnswers']>): number | null =>
  hits + misses === 0 ? null : (100 * hits) / (hits + misses);

interface FigureProps {
  readonly title: string;
  readonly value: string;
  readonly unit?: string;
  readonly tone?: Tone;
  readonly children: ReactNode;
}

function Figure({ title, value, unit, tone, children }: FigureProps) {
  return (
    <article className="card">
      <h2>{title}</h2>
      <p className="value" data-tone={tone}>
        {value}
        {unit && value !== '–' && <span className="unit">{unit}</span>}
      </p>
      <div className="note">{children}</div>
    </article>
  );
}

const optional = (value: number | null | undefined, format: (value: number) => string) =>
  value === null || value === undefined ? '–' : format(value);

function rate(samples: readonly Sample[], counter: (status: Status) => number | undefined): number | null {
  const counts = samples.flatMap(({ at, status }) => {
    const count = counter(status);
    return count === undefined ? [] : [{ at, count }];
  });
  return ratePerSecond(counts);
}
