/**
 * An ERP's API that speaks JSON over HTTP, as its connector declares it.
 *
 * Pages that are counted shift while rows are written: then a walk goes on from the time of the last row rather
 * than from the page's number wherever the page holds more than one time. Only within rows of one time, which
 * one transaction has written, is there nothing but counting.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { FaultCode, OperatorFault } from '../../runtime/errors.ts';
import type { MirrorTable } from '../connector.ts';
import { ErpCallFailed, type KeyPage, type ReadRow, type RowKey, type RowPage, type Transport } from '../transport.ts';
import { AccessToken, type Credentials } from './access-token.ts';
import { rowText } from './column-text.ts';
import { failedCall } from './failed-call.ts';
import type { Resource } from './resource.ts';

export interface RestApi {
  readonly url: string;
  readonly tokenPath: string;
  readonly credentials: Credentials;
  readonly keysPerCall: number;
  readonly resources: readonly Resource[];
  readonly tables: readonly MirrorTable[];
}

const Rows = z.object({
  data: z.array(z.record(z.string(), z.unknown())),
  hasMore: z.boolean(),
  serverTime: z.iso.datetime({ offset: true }),
});
const Keys = z.object({ data: z.array(z.array(z.coerce.string())), hasMore: z.boolean() });
const Cursor = z.union([
  z.object({ after: z.array(z.string()).nullable() }),
  /** `from`: written at or after, in ms; null for all rows. */
  z.object({ from: z.number().nullable(), page: z.number() }),
]);
type Cursor = z.infer<typeof Cursor>;

/** Going on from the last row's time reads again what else was written then; more than this share of a page is too dear. */
const READ_AGAIN_SHARE = 0.5;

export class RestTransport implements Transport {
  readonly system: string;
  readonly keysPerCall: number;
  readonly #token: AccessToken;
  readonly #declared: ReadonlyMap<string, { readonly resource: Resource; readonly table: MirrorTable }>;
  #takesKeys = true;

  constructor({ url, tokenPath, credentials, keysPerCall, resources, tables }: RestApi) {
    this.system = url;
    this.keysPerCall = keysPerCall;
    this.#token = new AccessToken(new URL(tokenPath, url), credentials);
    this.#declared = new Map(
      resources.map((resource) => {
        const table = tables.find(({ name }) => name === resource.table);
        if (!table) throw new TypeError(`${resource.table} is not mirrored`);
        return [resource.table, { resource, table }];
      }),
    );
  }

  async walk(table: string, sinceMs: number | null, cursor: string | null, signal: AbortSignal): Promise<RowPage> {
    const { resource } = this.#of(table);
    const at = this.#cursor(resource, sinceMs, cursor);
    const counts = 'page' in at;
    const from = counts ? at.from : sinceMs;
    const params = {
      limit: String(resource.rowsPerPage),
      ...(counts ? { page: String(at.page) } : { after: keyText(at.after ?? []) }),
      ...(from !== null && { updated_since: new Date(from).toISOString() }),
    };
    const sentAt = performance.now();
    try {
      const { data, hasMore, serverTime } = Rows.parse(await this.#get(resource.path, params, signal));
      const rows = data.map((row) => this.#readRow(table, row));
      const next = hasMore ? this.#next(table, at, rows) : null;
      return {
        rows,
        next: next && JSON.stringify(next),
        erpTimeMs: Date.parse(serverTime) - (performance.now() - sentAt),
        mayHaveSkipped: counts && at.page > 1,
      };
    } catch (error) {
      if (counts || !(error instanceof ErpCallFailed) || error.status !== 400 || cursor !== null) throw error;
      this.#takesKeys = false;
      return await this.walk(table, sinceMs, cursor, signal);
    }
  }

  async byKeys(table: string, keys: readonly RowKey[], signal: AbortSignal): Promise<readonly ReadRow[]> {
    const params = { ids: keys.map(keyText).join(',') };
    const { data } = Rows.parse(await this.#get(this.#of(table).resource.path, params, signal));
    return data.map((row) => this.#readRow(table, row));
  }

  async keys(table: string, after: RowKey | null, signal: AbortSignal): Promise<KeyPage> {
    const { resource } = this.#of(table);
    const params = { limit: String(resource.keysPerPage), ...(after && { after: keyText(after) }) };
    const { data, hasMore } = Keys.parse(await this.#get(`${resource.path}/keys`, params, signal));
    return { keys: data, next: hasMore ? (data.at(-1) ?? null) : null };
  }

  #of(table: string) {
    const declared = this.#declared.get(table);
    if (!declared) throw new TypeError(`The API has no resource for ${table}`);
    return declared;
  }

  #cursor({ paging }: Resource, sinceMs: number | null, cursor: string | null): Cursor {
    if (cursor !== null) return Cursor.parse(JSON.parse(cursor));
    return paging === 'keys' && this.#takesKeys ? { after: null } : { from: sinceMs, page: 1 };
  }

  #next(table: string, at: Cursor, rows: readonly ReadRow[]): Cursor {
    const last = rows.at(-1);
    if (!last) throw new ErpCallFailed(`The ERP says that ${table} goes on after an empty page`, 200);
    if ('after' in at) return { after: this.#of(table).table.key.map((column) => last.row[column] ?? '') };
    const alike = rows.filter(({ updatedAtMs }) => updatedAtMs === last.updatedAtMs).length;
    const goesOnByTime = alike <= rows.length * READ_AGAIN_SHARE;
    return goesOnByTime ? { from: last.updatedAtMs, page: 1 } : { ...at, page: at.page + 1 };
  }

  #readRow(name: string, row: Readonly<Record<string, unknown>>): ReadRow {
    const { resource, table } = this.#of(name);
    const updatedAtMs = Date.parse(String(row[resource.updatedField]));
    const version = String(row[resource.versionField]);
    if (Number.isNaN(updatedAtMs) || !/^\d+$/.test(version)) {
      throw new OperatorFault(
        FaultCode.ErpApiUnfit,
        `A row of ${resource.path} came without "${resource.updatedField}" (a time) or "${resource.versionField}" (an integer).`,
      );
    }
    return { row: rowText(table, row), version: BigInt(version), updatedAtMs };
  }

  /** A token that ended on the way is asked for again, once. */
  async #get(path: string, params: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown> {
    const url = new URL(path, this.system);
    url.search = String(new URLSearchParams(params));
    for (let isFirst = true; ; isFirst = false) {
      const token = await this.#token.get();
      const { answer, text } = await fetched(url, token, signal);
      if (answer.status === 401 && isFirst) {
        this.#token.refused(token);
        continue;
      }
      if (!answer.ok) throw failedCall(`GET ${path}`, answer, text.slice(0, 200));
      try {
        return JSON.parse(text);
      } catch (cause) {
        throw new ErpCallFailed(`The ERP's answer to GET ${path} is no JSON`, 502, null, { cause });
      }
    }
  }
}

async function fetched(url: URL, token: string, signal: AbortSignal): Promise<{ answer: Response; text: string }> {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'x-correlation-id': randomUUID() };
  try {
    const answer = await fetch(url, { headers, signal });
    return { answer, text: await answer.text() };
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new ErpCallFailed(`The ERP does not answer GET ${url.pathname}`, null, null, { cause });
  }
}

/** The columns of a key as one text, none of them able to end it or the list it stands in. */
const keyText = (key: RowKey): string => key.map(encodeURIComponent).join(':');
