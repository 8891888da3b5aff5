/**
 * The gateway: everything a client meets, behind one port.
 *
 *     /graphql           GraphQL; GraphiQL for who asks for a page
 *     /graphql/documents what the caller may ask by id
 *     /data              datasets, as tables
 *     /console           what operators look at, and its data
 *     /health/…          live and ready
 *     /metrics           Prometheus
 *     /web/…             what the pages load
 */

import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { NewContext } from '../subgraphs/context.ts';
import type { OpenExport } from '../subgraphs/dataset.ts';
import type { MakeFresh } from '../subgraphs/fresh-enough.ts';
import type { Principal } from '../subgraphs/principal.ts';
import { namesDocument } from './asked-document.ts';
import { type Authenticate, RecentPrincipals, withDeadline } from './authentication.ts';
import type { CorsOrigins } from './cors.ts';
import { dataRoutes } from './data/data-routes.ts';
import { deploy, type Supergraph } from './deployment.ts';
import type { DocumentSettings } from './documents.ts';
import { eventStreams, type Watch } from './event-stream.ts';
import { graphqlRoute } from './graphql-route.ts';
import { healthRoutes } from './health.ts';
import { json, type Route, startHttpServer } from './http-server.ts';
import { forOperators } from './operators.ts';
import { asksForPage, type PageName, type Pages, pagesIn } from './pages.ts';
import { quickAnswers } from './quick-answer.ts';
import { registeredDocumentsRoute } from './registered-documents.ts';
import { type RequestMetrics, requestMetrics } from './request-metrics.ts';
import type { ResponseCache } from './response-cache.ts';

export interface GatewaySettings {
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  readonly supergraph: Supergraph;
  readonly documents: DocumentSettings;
  /** What the resolvers of a new request share. */
  readonly newContext: NewContext;
  /** Who sends a request. */
  readonly authenticate: Authenticate;
  /** Who may ask in words of their own, and not only what is registered. */
  readonly maySendText: (principal: Principal) => boolean;
  readonly makeFresh: MakeFresh;
  /** Tells of changes of what subscriptions are of. */
  readonly watch: Watch;
  /** Null where answers are not kept. */
  readonly responses: ResponseCache | null;
  readonly openExport: OpenExport;
  /** The data version of a type, as this process has last seen it. */
  readonly dataVersion: (type: string) => string;
  readonly corsOrigins: CorsOrigins;
  readonly bodyLimitBytes: number;
  readonly requestDeadlineMs: number;
  /** Where clients reach the gateway, without a slash at its end; by default where they asked. */
  readonly publicUrl?: string | undefined;
  /** Where the pages were built to. */
  readonly pages: string;
  /** What the console shows beside the gateway's own figures. */
  readonly consoleStatus: () => Promise<Readonly<Record<string, unknown>>>;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface Gateway {
  readonly url: string;
  /** Replaces the supergraph. Rejects, and keeps the one it has, when the new one cannot be planned with. */
  reload(supergraph: Supergraph): Promise<void>;
  /** Takes no more requests; resolves when those that run are answered or out of time. */
  close(): Promise<void>;
}

export async function startGateway(settings: GatewaySettings): Promise<Gateway> {
  let current = await deploy(settings.supergraph, settings.documents);
  let isClosing = false;
  const requests = requestMetrics(settings.metrics);
  const subscribed = settings.metrics.gauge('skiff_gateway_subscriptions', 'Subscriptions that are held open');
  const streams = eventStreams(settings.watch, (open) => subscribed.set(open));
  const principals = new RecentPrincipals(withDeadline(settings.authenticate, settings.requestDeadlineMs));
  const { authenticate } = principals;
  const shared = { ...settings, authenticate, current: () => current, requests, streams };
  const { responses } = settings;
  const pages = pagesIn(settings.pages);
  const { url, close } = await startHttpServer({
    ...settings,
    quickAnswer: responses ? quickAnswers({ ...shared, responses, principals }) : () => null,
    routes: [
      withPage(
        graphqlRoute({ ...shared, deadlineMs: settings.requestDeadlineMs }),
        pages,
        'graphiql',
        // An address that names a document is answered, also to who opens it in a browser.
        ({ searchParams }) => !namesDocument(searchParams),
      ),
      registeredDocumentsRoute(shared),
      ...dataRoutes(shared).map((route) => withPage(route, pages, 'catalogue', asksForDescription)),
      ...healthRoutes({ ...shared, isClosing: () => isClosing, timeoutMs: settings.requestDeadlineMs }),
      ...consoleRoutes(shared, pages, requests),
      forOperators(metricsRoute(settings.metrics), authenticate),
      pages.files,
    ],
  });
  return {
    url,
    async reload(supergraph) {
      current = await deploy(supergraph, settings.documents);
      settings.log.info('The supergraph was replaced');
    },
    close() {
      isClosing = true;
      streams.close();
      return close(settings.requestDeadlineMs);
    },
  };
}

/** Who asks for a page gets it, where the address is one of which there is a page. */
function withPage(route: Route, pages: Pages, name: PageName, hasPage: (url: URL) => boolean): Route {
  return {
    ...route,
    async answer(exchange) {
      const { method, headers } = exchange.request;
      if (method !== 'GET' || !asksForPage(headers.accept) || !hasPage(exchange.url)) return route.answer(exchange);
      const page = await pages.page(name);
      return { ...page, headers: { ...page.headers, vary: 'Accept' } };
    },
  };
}

/** Not for rows: a link to a file of a dataset, or to the feed, is followed by a browser, too. */
const asksForDescription = ({ pathname }: URL): boolean =>
  !pathname.includes('.') && !pathname.startsWith('/data/odata');

function consoleRoutes(
  { consoleStatus, authenticate }: GatewaySettings,
  pages: Pages,
  { totals }: RequestMetrics,
): Route[] {
  return [
    { path: '/console', methods: ['GET', 'HEAD'], answer: () => pages.page('console') },
    forOperators(
      {
        path: '/console/status.json',
        methods: ['GET'],
        answer: async () => ({ ...json(200, { ...(await consoleStatus()), requests: totals }), isQuiet: true }),
      },
      authenticate,
    ),
  ];
}

function metricsRoute(metrics: Metrics): Route {
  return {
    path: '/metrics',
    methods: ['GET'],
    answer: async () => ({
      status: 200,
      headers: { 'content-type': metrics.contentType },
      body: await metrics.text(),
      isQuiet: true,
    }),
  };
}
