/**
 * `/health/live`: the process answers. `/health/ready`: so does one real field of every subgraph.
 *
 * A gateway that plans but cannot reach its data looks well from outside: `{ __typename }` needs nobody.
 */
import type { FlatSchema } from '../replica/flat-type.ts';
import { rootFields } from '../schema/names.ts';
import type { NewContext } from '../subgraphs/context.ts';
import { itself } from '../subgraphs/principal.ts';
import { noWishes } from '../subgraphs/wishes.ts';
import type { Deployment } from './deployment.ts';
import { json, type Route } from './http-server.ts';

export interface HealthSettings {
  readonly current: () => Deployment;
  readonly newContext: NewContext;
  readonly isClosing: () => boolean;
  readonly timeoutMs: number;
}

/** So that asking often does not become work. */
const GOOD_FOR_MS = 1_000;

export function healthRoutes(settings: HealthSettings): Route[] {
  let asked: { readonly at: number; readonly failing: Promise<readonly string[]> } | undefined;
  const failing = (): Promise<readonly string[]> => {
    const now = performance.now();
    if (!asked || now - asked.at > GOOD_FOR_MS) asked = { at: now, failing: failingSubgraphs(settings) };
    return asked.failing;
  };
  const methods = ['GET', 'HEAD'];
  return [
    {
      path: '/health/live',
      methods,
      answer: async () => ({ ...json(200, { status: 'live' }), isQuiet: true }),
    },
    {
      path: '/health/ready',
      methods,
      async answer() {
        if (settings.isClosing()) return { ...json(503, { status: 'closing' }), isQuiet: true };
        const subgraphs = await failing();
        const answer =
          subgraphs.length === 0 ? json(200, { status: 'ready' }) : json(503, { status: 'unready', subgraphs });
        return { ...answer, isQuiet: true };
      },
    },
  ];
}

async function failingSubgraphs({ current, newContext, timeoutMs }: HealthSettings): Promise<readonly string[]> {
  const deployment = current();
  const probes = [...probesOf(deployment.flat)];
  const answered = await Promise.all(
    probes.map(async ([subgraph, query]) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const arrivedAt = performance.now();
      const context = {
        requestId: 'health',
        principal: itself,
        subgraph: newContext(itself, { requestId: 'health', address: null }),
        signal,
        wishes: noWishes,
        arrivedAt,
        deadlineAt: arrivedAt + timeoutMs,
      };
      const late = new Promise<false>((resolve) => signal.addEventListener('abort', () => resolve(false)));
      const prepared = deployment.prepare({ query, operationName: undefined, variables: {} }, itself);
      const isWell = prepared.execute(context).then(
        ({ errors = [] }) => errors.length === 0,
        () => false,
      );
      return { subgraph, isWell: await Promise.race([isWell, late]) };
    }),
  );
  return answered.filter(({ isWell }) => !isWell).map(({ subgraph }) => subgraph);
}

/** One document per subgraph that has types of its own. */
export function probesOf({ types }: FlatSchema): ReadonlyMap<string, string> {
  const probes = new Map<string, string>();
  for (const { name, subgraph } of types) {
    if (!probes.has(subgraph)) probes.set(subgraph, `{ ${rootFields(name).many}(first: 1) { nodes { id } } }`);
  }
  return probes;
}
