/**
 * Tryton's API as a capture by polling reads it.
 *
 * Walks go by id, which is quick at any depth and which nothing moves while it is walked, over the rows that were
 * written since. `read` of a list with one row gone answers nothing at all, so rows are always searched for.
 *
 * A row's version is when it was last written, in microseconds: the begin of that transaction. Tryton's
 * transactions are REPEATABLE READ: whoever writes a row has taken its snapshot after the one before was committed,
 * and has begun an instant before that. Ids are never given twice, so no row comes back from its deletion.
 */
import { z } from 'zod';
import type { MirrorTable } from '../connector.ts';
import type { KeyPage, ReadRow, RowKey, RowPage, Transport } from '../transport.ts';
import { fieldText, micros, moment, msOf } from './field-text.ts';
import { type Answer, JsonRpc, type TrytonApi } from './json-rpc.ts';
import { type Model, models } from './models.ts';

const ROWS_PER_PAGE = 1_000;
const KEYS_PER_PAGE = 10_000;
const LAST_ID = 2 ** 31 - 1;

const Rows = z.array(z.looseObject({ id: z.number() }));
type Rows = z.infer<typeof Rows>;
const Ids = z.array(z.number());

interface Resource {
  readonly table: MirrorTable;
  readonly model: Model;
}

export class TrytonTransport implements Transport {
  readonly system: string;
  readonly keysPerCall = 1_000;
  readonly #api: JsonRpc;
  readonly #resources: ReadonlyMap<string, Resource>;

  constructor(api: TrytonApi, tables: readonly MirrorTable[]) {
    this.#api = new JsonRpc(api);
    this.system = this.#api.url.href;
    this.#resources = new Map(
      tables.map((table) => {
        const model = models.get(table.name);
        if (!model) throw new TypeError(`No model of Tryton's is named for ${table.name}`);
        return [table.name, { table, model }];
      }),
    );
  }

  async walk(table: string, sinceMs: number | null, cursor: string | null, signal: AbortSignal): Promise<RowPage> {
    const resource = this.#of(table);
    const domain = [...after(cursor), ...(sinceMs === null ? [] : [writtenSince(resource, sinceMs)])];
    const { result, serverTimeMs } = await this.#search(resource, domain, ROWS_PER_PAGE, signal);
    const found = Rows.parse(result);
    return {
      rows: readRows(resource, found),
      next: found.length < ROWS_PER_PAGE ? null : String(found.at(-1)?.id),
      erpTimeMs: serverTimeMs,
      mayHaveSkipped: false,
    };
  }

  async byKeys(table: string, keys: readonly RowKey[], signal: AbortSignal): Promise<readonly ReadRow[]> {
    const resource = this.#of(table);
    // One that is no id of Tryton's would fail all of them.
    const ids = new Set(
      keys.map(([id]) => Number(id)).filter((id) => Number.isInteger(id) && id >= 0 && id <= LAST_ID),
    );
    const { result } = await this.#search(resource, [[path(resource, 'id'), 'in', [...ids]]], null, signal);
    return readRows(resource, Rows.parse(result)).filter(({ row }) => ids.has(Number(row.id)));
  }

  async keys(table: string, key: RowKey | null, signal: AbortSignal): Promise<KeyPage> {
    const { model } = this.#of(table);
    const domain = [...(model.domain ?? []), ...after(key?.[0] ?? null)];
    const page = [domain, 0, KEYS_PER_PAGE, inOrderOfIds];
    if (model.lists === undefined) {
      const { result } = await this.#api.call(`model.${model.name}.search`, page, signal);
      const ids = Ids.parse(result);
      return { keys: ids.map((id) => [String(id)]), next: ids.length < KEYS_PER_PAGE ? null : [String(ids.at(-1))] };
    }
    const { lists } = model;
    const { result } = await this.#api.call(`model.${model.name}.search_read`, [...page, [lists]], signal);
    const owners = Rows.parse(result);
    return {
      keys: owners.flatMap((owner) => Ids.parse(owner[lists])).map((id) => [String(id)]),
      next: owners.length < KEYS_PER_PAGE ? null : [String(owners.at(-1)?.id)],
    };
  }

  #of(table: string): Resource {
    const resource = this.#resources.get(table);
    if (!resource) throw new TypeError(`${table} is not mirrored`);
    return resource;
  }

  #search(resource: Resource, domain: readonly unknown[], limit: number | null, signal: AbortSignal): Promise<Answer> {
    const { model, table } = resource;
    const columns = new Set([...Object.keys(table.columns), 'create_date', 'write_date']);
    const params = [
      [...(model.domain ?? []), ...domain],
      0,
      limit,
      inOrderOfIds,
      [...columns].map((column) => path(resource, column)),
    ];
    return this.#api.call(`model.${model.name}.search_read`, params, signal);
  }
}

const inOrderOfIds = [['id', 'ASC']];

const after = (id: string | null): unknown[] => (id === null ? [] : [['id', '>', Number(id)]]);

/** A row that was made and never changed has no `write_date`. */
const writtenSince = (resource: Resource, ms: number): unknown => [
  'OR',
  ...['write_date', 'create_date'].map((column) => [path(resource, column), '>=', moment(ms)]),
];

const path = ({ model }: Resource, field: string): string =>
  model.lists === undefined ? field : `${model.lists}.${field}`;

function readRows({ table, model }: Resource, found: Rows): ReadRow[] {
  const { lists } = model;
  // What is read through a list stands under its name with a dot.
  const rows = lists === undefined ? found : found.flatMap((owner) => Rows.parse(owner[`${lists}.`]));
  return rows.map((row) => readRow(table, row));
}

function readRow({ name, columns }: MirrorTable, row: Rows[number]): ReadRow {
  const version = micros(row.write_date) ?? micros(row.create_date) ?? 0n;
  return {
    row: Object.fromEntries(
      Object.keys(columns).map((column) => [column, fieldText(row[column], `${name}.${column}`)]),
    ),
    version,
    updatedAtMs: msOf(version),
  };
}
