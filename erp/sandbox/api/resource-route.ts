/** `GET /api/v1/<table>` in its forms: numbered pages, by keys, behind a key; and `/keys`, the keys alone. */
import type pg from 'pg';
import { z } from 'zod';
import { type Answer, badRequest, jsonText, Refusal } from './http.ts';
import { parseKey, parseKeys } from './keys.ts';
import type { Profile } from './profiles.ts';
import { keysAfter, numberedPage, type Page, pageAfter, rowsByKeys } from './read.ts';
import type { Resources } from './resources.ts';

const count = z.coerce.number().int().min(1).max(1_000_000_000);
const time = z.iso.datetime({ offset: true, error: 'must be a time like 2026-11-22T18:00:00.000000Z' });

/** A form is chosen by what is asked for; what does not go together is refused. */
const Query = z.union([
  z.strictObject({ ids: z.string().min(1) }),
  z.strictObject({ after: z.string(), limit: count.optional(), updated_since: time.optional() }),
  z.strictObject({ page: count.default(1), limit: count.optional(), updated_since: time.optional() }),
]);

const KeysQuery = z.strictObject({ after: z.string().default(''), limit: count.optional() });

export interface ResourceRoute {
  readonly db: pg.Pool;
  readonly resources: Resources;
  readonly profile: Profile;
}

export interface RowsAnswer {
  readonly answer: Answer;
  readonly rows: number;
}

export async function readResource({ db, resources, profile }: ResourceRoute, url: URL): Promise<RowsAnswer> {
  const [, , , name = '', listing, ...rest] = url.pathname.split('/');
  const resource = resources.get(name);
  if (!resource || rest.length > 0 || (listing !== undefined && listing !== 'keys')) {
    throw new Refusal(404, 'unknown_resource', `There is no resource at ${url.pathname}.`);
  }
  const after = (text: string) => (text === '' ? null : parseKey(text, resource));

  if (listing === 'keys') {
    const query = parse(KeysQuery, url);
    const limit = Math.min(query.limit ?? profile.keysPerPage, profile.keysPerPage);
    return answered(await keysAfter(db, { resource, limit, after: after(query.after) }), { limit });
  }
  const query = parse(Query, url);
  if ('ids' in query) {
    const keys = parseKeys(query.ids, resource);
    const limit = profile.keysPerRequest;
    if (keys.length > limit) throw badRequest(`No more than ${limit} ids may be asked for at once.`);
    return answered(await rowsByKeys(db, resource, keys), { page: 1, limit });
  }
  const limit = Math.min(query.limit ?? profile.rowsPerPage, profile.rowsPerPage);
  const asked = { resource, limit, updatedSince: query.updated_since ?? null };
  if ('after' in query) {
    if (!profile.keyset) throw badRequest('This ERP pages by number alone.', 'keyset_not_offered');
    return answered(await pageAfter(db, { ...asked, after: after(query.after) }), { limit });
  }
  const { page } = query;
  return answered(await numberedPage(db, { ...asked, page }), { page, limit });
}

function answered({ data, rows, hasMore, serverTime }: Page, place: Readonly<Record<string, number>>): RowsAnswer {
  const rest = JSON.stringify({ ...place, hasMore, serverTime }).slice(1);
  return { answer: jsonText(200, `{"data":${data},${rest}`), rows };
}

function parse<Schema extends z.ZodType>(schema: Schema, url: URL): z.output<Schema> {
  const parsed = schema.safeParse(Object.fromEntries(url.searchParams));
  if (parsed.success) return parsed.data;
  throw badRequest(
    'Ask by `page`, `limit` and `updated_since`, or by `after`, `limit` and `updated_since`, or by `ids` alone. ' +
      'Numbers begin at 1, times look like 2026-11-22T18:00:00Z.',
  );
}
