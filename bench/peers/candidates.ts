/**
 * Who is compared: each a process of its own, or several, with what it must be sent to answer a question.
 *
 * Skiff is its own program, with its access log, its metrics, and an API key to check for each request.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { READER_OF_ALL } from '../../replica/protection.ts';
import { freePort } from '../../runtime/free-port.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import type { Databases } from '../databases.ts';
import { withReader } from '../roles.ts';
import { PEER_SCHEMA } from './views.ts';

export interface Server {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of all processes that answer, PostgreSQL apart. */
  readonly pids: readonly number[];
}

export interface Started extends AsyncDisposable {
  readonly servers: ReadonlyMap<string, Server>;
}

const CACHE_BYTES = String(64 * 2 ** 20);
const PATIENCE_MS = 5_000;
const SECRET = 'what the subgraphs of this bench know';
const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export class Processes implements AsyncDisposable {
  readonly #opened = new AsyncDisposableStack();
  readonly #logs = mkdtempSync(join(tmpdir(), 'skiff-peers-'));

  /** A program that tells its address by a message; what it is handed first is sent as one. */
  async start(file: string, args: readonly string[], handed?: object): Promise<Server> {
    const child = this.#fork(file, args, {});
    if (handed !== undefined) child.send(handed);
    const [url] = await Promise.race([once(child, 'message'), ended(child, file)]);
    return { url: String(url), headers: {}, pids: [child.pid ?? 0] };
  }

  /** One of Skiff's own roles, when it says that it is ready. */
  async role(args: readonly string[], databases: Databases, env: NodeJS.ProcessEnv): Promise<Server> {
    const port = await freePort();
    const child = this.#fork(main, args, {
      SKIFF_CONNECTOR: 'sandbox',
      SKIFF_ERP_DATABASE_URL: databases.erp.url,
      SKIFF_DATABASE_URL: databases.replica.url,
      SKIFF_PORT: String(port),
      SKIFF_LOG_LEVEL: 'info',
      SKIFF_SUBGRAPH_SECRET: SECRET,
      ...env,
    });
    const url = `http://127.0.0.1:${port}/graphql`;
    await Promise.race([answering(url), ended(child, args.join(' '))]);
    return { url, headers: {}, pids: [child.pid ?? 0] };
  }

  file(name: string, text: string): string {
    const path = join(this.#logs, name);
    writeFileSync(path, text);
    return path;
  }

  #fork(file: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    // An access log is written, and read by nobody.
    const log = openSync(join(this.#logs, 'log'), 'a');
    const child = fork(file, args, {
      env: { ...process.env, NODE_ENV: 'production', GRAPHILE_ENV: 'production', ...env },
      stdio: ['ignore', log, 2, 'ipc'],
    });
    this.#opened.defer(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill();
      // Hive Gateway hears it and stays.
      const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await exit;
      clearTimeout(patience);
    });
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }
}

const ended = async (child: ReturnType<typeof fork>, name: string): Promise<never> => {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`${name} ended with ${code ?? signal}`);
};

const POLL_MS = 100;
async function answering(url: string): Promise<void> {
  for (;;) {
    // Refused for want of a credential is an answer.
    const status = await fetch(url, { method: 'POST' }).then(
      (response) => response.status,
      () => 0,
    );
    if (status !== 0) return;
    await sleep(POLL_MS);
  }
}

/** Skiff's own way, and through the federation engine over its subgraphs as processes of their own. */
export async function skiff(processes: Processes, databases: Databases, documents: string, isSmall: boolean) {
  const servers = new Map<string, Server>();
  const env = { SKIFF_DOCUMENT_DIRS: documents };
  const uncached = { ...env, SKIFF_RESPONSE_CACHE_BYTES: '0' };
  servers.set('skiff', await withCredential(await processes.role(['gateway'], databases, uncached), databases));
  const cached = { ...env, SKIFF_RESPONSE_CACHE_BYTES: CACHE_BYTES };
  servers.set('skiff cached', await withCredential(await processes.role(['gateway'], databases, cached), databases));
  if (isSmall) return { servers, subgraphUrls: new Map<string, string>(), subgraphPids: [] };
  const names = deployedSchema({ missingSubgraphs: ['commands'] }).subgraphs.map(({ name }) => name);
  const subgraphs = new Map(
    await Promise.all(
      names.map(async (name) => [name, await processes.role(['subgraph', name], databases, {})] as const),
    ),
  );
  const subgraphUrls = new Map([...subgraphs].map(([name, { url }]) => [name, url]));
  const subgraphPids = [...subgraphs.values()].flatMap(({ pids }) => pids);
  const urls = [...subgraphUrls].map(([name, url]) => `${name}=${url}`).join(',');
  const overHttp = await processes.role(['gateway'], databases, { ...uncached, SKIFF_SUBGRAPH_URLS: urls });
  const remote = await withCredential(overHttp, databases);
  servers.set('skiff federated by HTTP', { ...remote, pids: [...remote.pids, ...subgraphPids] });
  return { servers, subgraphUrls, subgraphPids };
}

export async function withCredential(server: Server, { replica }: Databases): Promise<Server> {
  const { username, password } = new URL(await withReader(server.url, replica, ALL_PLANTS));
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return { ...server, headers: { authorization } };
}

/** The federation engine over the subgraphs in its own process: what a document takes that cannot be compiled. */
export const skiffFederated = (processes: Processes, { replica }: Databases, today: string): Promise<Server> => {
  process.env.BENCH_TODAY = today;
  return processes.start(here('../compiled/servers.ts'), ['federated', replica.url]);
};

export const monolith = (processes: Processes, { erp }: Databases, today: string): Promise<Server> =>
  processes.start(here('./monolith.ts'), [erp.url, today]);

export const limit = (processes: Processes, kind: 'bytes' | 'pg', { replica }: Databases, told: object) =>
  processes.start(here('./limits.ts'), [kind, replica.url], told);

/** What has to be installed first. */
export async function installed(
  processes: Processes,
  folder: string,
  databases: Databases,
  subgraphs: { readonly subgraphUrls: ReadonlyMap<string, string>; readonly subgraphPids: readonly number[] },
  today: string,
): Promise<ReadonlyMap<string, Server>> {
  const { supergraph } = deployedSchema({
    missingSubgraphs: ['commands'],
    urlOf: (name) => subgraphs.subgraphUrls.get(name) ?? '',
  });
  const file = processes.file('supergraph.graphql', supergraph);
  const gateway = async (name: string) => {
    const server = await processes.start(join(folder, name), [file, SECRET, today]);
    return { ...server, pids: [...server.pids, ...subgraphs.subgraphPids] };
  };
  const postgraphile = join(folder, 'postgraphile.js');
  const starting = Object.entries({
    postgraphile: processes.start(postgraphile, [databases.replica.url, PEER_SCHEMA, READER_OF_ALL, '{}']),
    'postgraphile on the ERP': processes.start(postgraphile, [databases.erp.url, PEER_SCHEMA]),
    'apollo gateway': gateway('apollo-gateway.js'),
    'hive js': gateway('hive.js'),
  });
  return new Map(await Promise.all(starting.map(async ([name, server]) => [name, await server] as const)));
}
