/**
 * Lends the sandbox ERP's API over an ERP of `sandboxErp`, and a client with a token:
 *
 *     await using api = await sandboxApi(erp, { profile: { quota: { requests: 5, windowMs: 1_000 } } });
 *     const { data } = await api.get('/api/v1/plant');
 */
import { prepareApi } from '../../../erp/sandbox/api/prepare.ts';
import { type Profile, type ProfileName, profiles } from '../../../erp/sandbox/api/profiles.ts';
import { type SandboxApi, startSandboxApi } from '../../../erp/sandbox/api/server.ts';
import { sandboxClient } from '../../../erp/sandbox/api/tokens.ts';
import { createLog } from '../../../runtime/log.ts';
import type { SandboxErp } from './sandbox.ts';

export interface SandboxApiChoice {
  /** `none` where it is left out. */
  readonly base?: ProfileName;
  /** What differs from it. */
  readonly profile?: Partial<Profile>;
  readonly port?: number;
}

export interface RowsPage {
  readonly data: readonly Readonly<Record<string, string>>[];
  readonly page?: number;
  readonly limit: number;
  readonly hasMore: boolean;
  readonly serverTime: string;
}

export interface KeysPage extends Omit<RowsPage, 'data'> {
  readonly data: readonly (readonly string[])[];
}

export interface LentApi extends SandboxApi, AsyncDisposable {
  readonly clientId: string;
  readonly clientSecret: string;
  token(): Promise<string>;
  /** With a token that lasts as long as the profile's do. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** The JSON of an answer that must be a success. */
  get<Answer = RowsPage>(path: string): Promise<Answer>;
}

export async function sandboxApi(erp: SandboxErp, { base = 'none', profile = {}, port = 0 }: SandboxApiChoice = {}) {
  await prepareApi(erp.client);
  const api = await startSandboxApi({
    databaseUrl: erp.url,
    host: '127.0.0.1',
    port,
    profile: { ...profiles[base], ...profile },
    log: createLog({ level: 'fatal' }),
  });
  let current: string | undefined;
  const lent: LentApi = {
    ...api,
    clientId: sandboxClient.id,
    clientSecret: sandboxClient.secret,
    async token() {
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: sandboxClient.id,
        client_secret: sandboxClient.secret,
      });
      const response = await fetch(`${api.url}/oauth/token`, { method: 'POST', body });
      const { access_token } = await response.json();
      return access_token;
    },
    async request(path, init = {}) {
      current ??= await lent.token();
      return fetch(`${api.url}${path}`, { ...init, headers: { authorization: `Bearer ${current}`, ...init.headers } });
    },
    async get(path) {
      const response = await lent.request(path);
      const body = await response.text();
      if (!response.ok) throw new Error(`${path}: ${response.status} ${body}`);
      return JSON.parse(body);
    },
    [Symbol.asyncDispose]: api.close,
  };
  return lent;
}
