/** Says below an answer how fresh it is: `extensions.freshness` of what the active tab shows. */
import { useGraphiQL } from '@graphiql/react';
import { useMemo } from 'react';
import * as z from 'zod/mini';

const Answer = z.object({
  extensions: z.object({ freshness: z.object({ asOf: z.nullable(z.string()), stale: z.boolean() }) }),
});

export function Freshness() {
  const response = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.response ?? '');
  const freshness = useMemo(() => freshnessOf(response), [response]);
  if (!freshness?.asOf) return <output className="skiff-freshness" aria-label="Freshness" />;
  return (
    <output className="skiff-freshness" aria-label="Freshness" data-stale={freshness.stale}>
      {freshness.stale ? 'Stale' : 'Fresh'}
      <time
        dateTime={freshness.asOf}
        title={`Everything the ERP had committed by ${freshness.asOf} is in this answer.`}
      >
        as of {localTime(new Date(freshness.asOf))}
      </time>
    </output>
  );
}

function freshnessOf(response: string) {
  try {
    return Answer.safeParse(JSON.parse(response)).data?.extensions.freshness;
  } catch {
    return undefined; // no answer yet, or not JSON
  }
}

/** To the millisecond; the day too, unless it is today. */
function localTime(at: Date): string {
  const time = `${at.toLocaleTimeString([], { hourCycle: 'h23' })}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  return at.toDateString() === new Date().toDateString() ? time : `${at.toLocaleDateString()} ${time}`;
}
