/** The operations console: one look says whether anything is wrong, a second one what. */
import { CredentialField } from '../credential-field.tsx';
import { Quarantine, Tables } from './faults.tsx';
import { Figures } from './figures.tsx';
import { type Finding, findings, worst } from './health.ts';
import { ModelsTable } from './models-table.tsx';
import { type Polled, usePolledStatus } from './polled-status.ts';

export function ConsolePage() {
  const polled = usePolledStatus();
  const status = polled.samples.at(-1)?.status;
  const found = judged(polled);
  return (
    <>
      <header className="top">
        <h1>
          <img src="/web/favicon.svg" alt="" /> Skiff <span>console</span>
        </h1>
        <nav aria-label="Elsewhere">
          <a href="/graphql">GraphiQL</a>
          <a href="/metrics">Metrics</a>
        </nav>
      </header>
      <main data-outdated={polled.failure !== null}>
        <section className="verdict card" data-tone={worst(found.map(({ tone }) => tone))} aria-live="polite">
          {found.length === 0 ? (
            <p>{status ? 'All is well' : 'Asking …'}</p>
          ) : (
            found.map(({ tone, text }) => (
              <p key={text} data-tone={tone}>
                {text}
              </p>
            ))
          )}
        </section>
        {polled.isDenied && (
          <section className="card" aria-labelledby="credential">
            <h2 id="credential">Who are you?</h2>
            <CredentialField />
          </section>
        )}
        {status && !polled.isDenied && (
          <>
            <Figures status={status} samples={polled.samples} />
            <Quarantine keys={status.quarantine} />
            <Tables tables={status.tables} />
            <ModelsTable models={status.models} />
          </>
        )}
      </main>
    </>
  );
}

/** Silence of the gateway outweighs what it said before. */
function judged({ samples, failure, isDenied }: Polled): Finding[] {
  const last = samples.at(-1);
  if (failure === null) return last ? findings(last.status) : [];
  if (isDenied) return [{ tone: 'warn', text: failure }];
  const since = last ? ` since ${new Date(last.at).toLocaleTimeString()}` : '';
  return [{ tone: 'bad', text: `No status${since}: ${failure}` }];
}
