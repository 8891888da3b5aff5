/** Lends a bench the sandbox ERP's API, over the bench's databases. */

import type { ApiAccess } from '../erp/connector.ts';
import { prepareApi } from '../erp/sandbox/api/prepare.ts';
import type { Profile } from '../erp/sandbox/api/profiles.ts';
import { type SandboxApi, startSandboxApi } from '../erp/sandbox/api/server.ts';
import { sandboxClient } from '../erp/sandbox/api/tokens.ts';
import { createLog } from '../runtime/log.ts';
import type { Databases } from './databases.ts';

export interface BenchApi extends SandboxApi, AsyncDisposable {
  readonly access: ApiAccess;
}

export async function benchApi({ erp }: Databases, profile: Profile): Promise<BenchApi> {
  const client = await erp.pool.connect();
  await prepareApi(client);
  client.release();
  const log = createLog({ level: 'warn' }, process.stderr);
  const api = await startSandboxApi({ databaseUrl: erp.url, host: '127.0.0.1', port: 0, profile, log });
  const access = { url: api.url, user: sandboxClient.id, password: sandboxClient.secret };
  return { ...api, access, [Symbol.asyncDispose]: api.close };
}

/** Settings of a role that polls it. */
export const pollEnv = ({ access: { url, user, password } }: BenchApi): NodeJS.ProcessEnv => ({
  SKIFF_CAPTURE: 'poll',
  SKIFF_ERP_URL: url,
  SKIFF_ERP_USER: user,
  SKIFF_ERP_PASSWORD: password,
});

/** Those that count against its quota. */
export const requestsOf = ({ counters: { requests } }: SandboxApi): number =>
  requests.page + requests.keyset + requests.keys + requests.ids;
