/**
 * The sandbox ERP's HTTP API: what a client of a real ERP meets, on a port of its own.
 *
 *     request ─► faults ─► token ─► limits ─► the ERP's database ─► answer
 *
 * `/faults` and `/counters` stand outside of it: they are for whoever plays the ERP, not for its clients.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../../../runtime/log.ts';
import { type Fault, FaultSettings, faultControl } from '../faults.ts';
import { type Counters, newCounters } from './counters.ts';
import { delay, failBefore, isCut, LineCut } from './fault-answers.ts';
import { type Answer, badRequest, json, Refusal, readJson } from './http.ts';
import { requestLimits } from './limits.ts';
import { type Listener, listen } from './listener.ts';
import type { Profile } from './profiles.ts';
import { requestKind, targetOf } from './request-kind.ts';
import { readResource } from './resource-route.ts';
import { readResources } from './resources.ts';
import { respond } from './respond.ts';
import { answerSubscriptions } from './subscriptions.ts';
import { tokenIssuer } from './tokens.ts';
import { startWebhooks } from './webhooks.ts';
import { findDocuments, writeDocument } from './write-route.ts';

export interface SandboxApiSettings {
  /** Of the ERP's database, made ready by `prepareApi`. */
  readonly databaseUrl: string;
  readonly host: string;
  /** 0 takes any. */
  readonly port: number;
  readonly profile: Profile;
  readonly log: Log;
}

export interface SandboxApi {
  readonly url: string;
  readonly counters: Counters;
  /** As `PUT /faults` does, from within. */
  setFaults(faults: readonly Fault[]): void;
  close(): Promise<void>;
}

const CONNECTIONS = 8;
/** After which a delivery is sent again for the first time. */
const RETRY_MS = 500;
/** Addresses come without theirs; nothing is made of this one. */
const ORIGIN = 'http://sandbox';

export async function startSandboxApi(settings: SandboxApiSettings): Promise<SandboxApi> {
  const { profile, log } = settings;
  const db = new pg.Pool({ connectionString: settings.databaseUrl, max: CONNECTIONS, options: '-c TimeZone=UTC' });
  db.on('error', (err) => log.warn({ err }, "The ERP's API has lost a connection to its database"));
  const resources = await readResources(db);
  const counters = newCounters();
  const tokens = tokenIssuer(profile.tokenLifetimeMs);
  const limits = requestLimits(profile, counters);
  const faults = faultControl((forMs) => listener.refuse(forMs));
  const { eventsPerDelivery } = profile;
  const webhooks = startWebhooks({ db, eventsPerDelivery, retryMs: RETRY_MS, faults, counters, log });
  let reads = 0;

  async function readRows(url: URL): Promise<Answer> {
    reads += 1;
    if (profile.slowPage && reads % profile.slowPage.oneOf === 0) await sleep(profile.slowPage.ms);
    const { answer, rows } = await readResource({ db, resources, profile }, url);
    counters.rows += rows;
    return answer;
  }

  /** Does the work of a client that shows its token and keeps the limits. */
  async function admitted(request: IncomingMessage, work: () => Promise<Answer>): Promise<Answer> {
    try {
      tokens.check(request);
    } catch (error) {
      counters.unauthorized += 1;
      throw error;
    }
    const admission = limits.admit();
    try {
      const answer = await work();
      return { ...answer, headers: { ...admission.headers, ...answer.headers } };
    } finally {
      admission.leave();
    }
  }

  async function answerClient(request: IncomingMessage, url: URL): Promise<Answer> {
    const kind = requestKind(request.method ?? '', url);
    if (!kind) throw new Refusal(404, 'not_found', `Nothing answers ${request.method} ${url.pathname}.`);
    counters.requests[kind] += 1;
    const { over } = faults;
    const struck = faults.strike(targetOf(kind));
    failBefore(struck, limits, counters);
    const work = async () => {
      await delay(struck, over);
      switch (kind) {
        case 'token':
          return tokens.issue(request);
        case 'webhook':
          return answerSubscriptions(db, request, url, webhooks.look);
        case 'write':
          return writeDocument(db, profile.writes, request, url);
        case 'search':
          return findDocuments(db, profile.writes, url);
        default:
          return readRows(url);
      }
    };
    const answer = kind === 'token' ? await work() : await admitted(request, work);
    if (isCut(struck))
      throw new LineCut(targetOf(kind) === 'write' ? '' : answer.body.slice(0, answer.body.length / 2));
    return answer;
  }

  async function answerOf(request: IncomingMessage): Promise<Answer> {
    const target = request.url ?? '/';
    if (!URL.canParse(target, ORIGIN)) throw badRequest('This is no address.');
    const url = new URL(target, ORIGIN);
    if (url.pathname === '/counters' && request.method === 'GET') return json(200, counters);
    if (url.pathname !== '/faults') return answerClient(request, url);
    if (request.method === 'PUT') {
      const parsed = FaultSettings.safeParse(await readJson(request));
      if (!parsed.success) throw badRequest(parsed.error.issues.map(({ message }) => message).join(' '));
      faults.set(parsed.data.faults);
    }
    return json(200, { faults: faults.list() });
  }

  const server = createServer((request, response) => {
    respond(request, response, () => answerOf(request), log).catch((err: unknown) => {
      log.warn({ err }, 'An answer of the sandbox ERP could not be written');
      response.destroy();
    });
  });
  const listener: Listener = await listen(server, settings.host, settings.port).catch(async (error) => {
    await webhooks.stop();
    await db.end();
    throw error;
  });
  return {
    url: listener.url,
    counters,
    setFaults: faults.set,
    async close() {
      await listener.close();
      await webhooks.stop();
      await db.end();
    },
  };
}
