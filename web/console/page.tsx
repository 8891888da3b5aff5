/** The operations console: one look says whether anything is wrong, a second one what. */
import { CredentialCard } from '../credential-card.tsx';
import { PageHeader } from '../page-header.tsx';
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
      <PageHeader title="Console" />
      <main data-outdated={polled.failure !== null && !polled.isDenied}>
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
        {polled.isDenied && <CredentialCard />}
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
