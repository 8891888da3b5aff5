/**
 * The tabs a newcomer finds: the showcases that run on this deployment, ids filled in.
 *
 * GraphiQL keeps tabs in the browser's storage; who has some of his own gets these from the panel.
 */
import type { Fetcher } from '@graphiql/toolkit';
import { examples } from './examples.ts';
import { deployedSchema, fits, variablesOf } from './runnable.ts';

/** A gateway that takes longer to say what it knows shall not keep the page from coming up. */
const PATIENCE_MS = 10_000;

export interface FirstTab {
  readonly query: string;
  readonly variables?: string | null;
}

export const isFirstVisit = (): boolean => localStorage.getItem('graphiql:tabState') === null;

export async function firstTabs(fetcher: Fetcher): Promise<FirstTab[]> {
  const showcases = examples.filter(({ isShowcase }) => isShowcase);
  // GraphiQL leaves the first tab's variables out, so an example that takes none stands first.
  showcases.sort((a, b) => Object.keys(a.idsFrom).length - Object.keys(b.idsFrom).length);
  const asTheyAre = showcases
    .filter(({ idsFrom }) => Object.keys(idsFrom).length === 0)
    .map(({ text }) => ({ query: text }));
  const filled = deployedSchema(fetcher).then(
    (schema) =>
      schema &&
      Promise.all(
        showcases
          .filter((example) => fits(schema, example))
          .map(async (example) => ({ query: example.text, variables: await variablesOf(example, fetcher) })),
      ),
  );
  const impatience = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  const tabs = await Promise.race([filled, impatience]);
  return tabs && tabs.length > 0 ? tabs : asTheyAre;
}
