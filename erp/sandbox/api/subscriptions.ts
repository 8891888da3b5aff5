/** `/api/v1/webhooks`: who is told of changes. Kept in the ERP's database; a secret is never shown again. */
import type { IncomingMessage } from 'node:http';
import type pg from 'pg';
import { z } from 'zod';
import { type Answer, badRequest, json, Refusal, readJson } from './http.ts';

const Subscription = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  secret: z.string().min(16).max(256),
});

/** @param onChanged somebody came or went */
export async function answerSubscriptions(
  db: pg.Pool,
  request: IncomingMessage,
  { pathname }: URL,
  onChanged: () => void,
): Promise<Answer> {
  const [, , , , id] = pathname.split('/');
  if (id === undefined && request.method === 'GET') {
    const { rows } = await db.query('select id::text, url from api.subscription order by subscription.id');
    return json(200, { data: rows });
  }
  if (id === undefined && request.method === 'POST') {
    const parsed = Subscription.safeParse(await readJson(request));
    if (!parsed.success) throw badRequest('Send { "url": "http…", "secret": "at least 16 characters" }.');
    const { url, secret } = parsed.data;
    // Who subscribes again goes on with its numbers.
    const { rows } = await db.query<{ id: string }>({
      text: /* sql */ `
        insert into api.subscription (url, secret) values ($1, $2)
        on conflict (url) do update set secret = excluded.secret returning id::text`,
      values: [url, secret],
    });
    onChanged();
    return json(201, { id: rows[0]?.id });
  }
  if (id !== undefined && /^\d{1,15}$/.test(id) && request.method === 'DELETE') {
    const { rowCount } = await db.query('delete from api.subscription where id = $1', [id]);
    onChanged();
    if (rowCount === 1) return { status: 204, headers: {}, body: '' };
  }
  throw new Refusal(404, 'not_found', 'There is no such subscription.');
}
