/**
 * The sandbox ERP's API as Skiff reads it: one resource for each mirrored table, all alike.
 *
 * Where pages may be asked for by key they are; the strict profile counts them.
 */
import type { ApiAccess, Polling } from '../connector.ts';
import type { Resource } from '../rest/resource.ts';
import { RestTransport } from '../rest/rest-transport.ts';
import { tables } from './tables.ts';

const resources = tables.map(
  ({ name }): Resource => ({
    table: name,
    path: `/api/v1/${name}`,
    updatedField: 'updated_at',
    versionField: 'version',
    rowsPerPage: 1_000,
    keysPerPage: 10_000,
    paging: 'keys',
  }),
);

export const polling = ({ url, user, password }: ApiAccess): Polling => ({
  transport: new RestTransport({
    url,
    tokenPath: '/oauth/token',
    credentials: { user, password },
    keysPerCall: 100,
    resources,
    tables,
  }),
  longestTransactionMs: 10_000,
  pollEveryMs: 15_000,
  sweepEveryMs: 300_000,
});
