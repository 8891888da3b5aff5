/**
 * `POST /api/v1/<documents>`, and the search for what came of one: `GET /api/v1/<documents>?external_reference=`; or, the
 * newest first, of all whose reference begins so: `?external_reference_prefix=skiff:&limit=100`.
 *
 * ERPs differ in what they do for a client that does not know whether its request was applied:
 *
 *     key        the same `Idempotency-Key` gives the same answer again and applies nothing
 *     reference  our reference can be searched for; but a request may take effect late, also when its line is long dead
 *     none       neither
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { type DocumentKind, documentKinds } from './documents.ts';
import { type Answer, badRequest, json, jsonText, Refusal, readJson } from './http.ts';
import type { WriteMode } from './profiles.ts';

interface Order {
  readonly resource: string;
  readonly kind: DocumentKind;
  readonly values: Readonly<Record<string, string>>;
  readonly reference: string | null;
  readonly key: string | null;
}

const MOST_FOUND = 10_000;
/** The rest is for applying it. */
const MOST_OF_IT = 0.7;

/** PostgreSQL's class of errors that rows which do not go together cause. */
const INTEGRITY_VIOLATION = '23';

export async function writeDocument(db: pg.Pool, mode: WriteMode, request: IncomingMessage, url: URL): Promise<Answer> {
  const began = performance.now();
  const order = await parseOrder(mode, request, url);
  if (mode.way === 'reference') await sleep(Math.random() * MOST_OF_IT * mode.settlesWithinMs);
  const client = await db.connect();
  try {
    await client.query('begin');
    const answer = (order.key === null ? null : await answeredBefore(client, order)) ?? (await apply(client, order));
    // What is promised to settle in time is not applied after it, however slow the machine is.
    if (mode.way === 'reference' && performance.now() - began > mode.settlesWithinMs) {
      throw new Refusal(503, 'too_late', 'It could not be applied in time, and was not.');
    }
    await client.query('commit');
    client.release();
    return answer;
  } catch (error) {
    const isLost = await client.query('rollback').then(
      () => false,
      () => true,
    );
    client.release(isLost);
    if (error instanceof pg.DatabaseError && error.code?.startsWith(INTEGRITY_VIOLATION)) {
      throw new Refusal(422, 'rejected', `The ERP has nothing to go with this: ${error.message}.`);
    }
    throw error;
  }
}

async function parseOrder(mode: WriteMode, request: IncomingMessage, url: URL): Promise<Order> {
  const { resource, kind } = documentOf(url);
  const sent = kind.schema.safeParse(await readJson(request));
  if (!sent.success) {
    throw badRequest(sent.error.issues.map(({ path, message }) => [...path, message].join(' ')).join('; '));
  }
  const values = z.record(z.string(), z.string()).parse(sent.data);
  const key = request.headers['idempotency-key'];
  if (mode.way === 'key' && typeof key === 'string' && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw badRequest('Idempotency-Key must be at most 255 printable characters.');
  }
  return {
    resource,
    kind,
    values,
    reference: mode.way === 'none' ? null : (values.external_reference ?? null),
    key: mode.way === 'key' && typeof key === 'string' ? key : null,
  };
}

/** The answer that this key was given before, if it was. Only what was applied is remembered. */
async function answeredBefore(client: pg.ClientBase, order: Order): Promise<Answer | null> {
  const { rows: locks } = await client.query<{ taken: boolean }>({
    text: 'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken',
    values: [order.key],
  });
  if (!locks[0]?.taken) throw new Refusal(409, 'in_progress', 'A request with this Idempotency-Key is being applied.');
  const { rows } = await client.query<{ fingerprint: string; answer: string }>({
    text: 'select fingerprint, answer from api.written where idempotency_key = $1',
    values: [order.key],
  });
  const [before] = rows;
  if (!before) return null;
  if (before.fingerprint === fingerprint(order)) return jsonText(201, before.answer, { 'idempotent-replayed': 'true' });
  throw new Refusal(422, 'idempotency_conflict', 'This Idempotency-Key was used before with another payload.');
}

async function apply(client: pg.ClientBase, order: Order): Promise<Answer> {
  const { resource, kind, values, reference, key } = order;
  const { rows } = await client.query<{ number: string; version: string }>({
    text: kind.sql,
    values: kind.values.map((name) => values[name]),
  });
  const [made] = rows;
  if (!made) throw new Refusal(422, 'rejected', kind.missing);
  const answer = JSON.stringify({ id: made.number, version: made.version, external_reference: reference });
  await client.query({
    text: /* sql */ `
      insert into api.written (resource, document_no, external_reference, idempotency_key, fingerprint, answer)
      values ($1, $2, $3, $4, $5, $6)`,
    values: [resource, made.number, reference, key, fingerprint(order), answer],
  });
  return jsonText(201, answer);
}

export async function findDocuments(db: pg.Pool, mode: WriteMode, url: URL): Promise<Answer> {
  const { resource } = documentOf(url);
  const reference = url.searchParams.get('external_reference');
  const prefix = url.searchParams.get('external_reference_prefix');
  if (mode.way === 'none') throw badRequest('This ERP keeps no reference of others.', 'search_not_offered');
  const found = `select document_no as id, external_reference, to_json(at) as at from api.written where resource = $1`;
  if (reference !== null) {
    const text = `${found} and external_reference = $2 order by written.id`;
    return json(200, { data: (await db.query({ text, values: [resource, reference] })).rows });
  }
  if (prefix === null) throw badRequest('Search by external_reference, or by external_reference_prefix.');
  const limit = Number(url.searchParams.get('limit') ?? MOST_FOUND);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_FOUND) throw badRequest(`limit: from 1 to ${MOST_FOUND}.`);
  const text = `${found} and starts_with(external_reference, $2) order by written.id desc limit $3`;
  return json(200, { data: (await db.query({ text, values: [resource, prefix, limit] })).rows });
}

function documentOf({ pathname }: URL): { readonly resource: string; readonly kind: DocumentKind } {
  const resource = pathname.slice('/api/v1/'.length);
  const kind = documentKinds.get(resource);
  if (kind) return { resource, kind };
  const names = [...documentKinds.keys()].join(', ');
  throw new Refusal(404, 'unknown_resource', `${pathname} takes no documents; these do: ${names}.`);
}

const fingerprint = ({ resource, kind, values }: Order): string =>
  createHash('sha256')
    .update(JSON.stringify([resource, values.external_reference ?? null, ...kind.values.map((name) => values[name])]))
    .digest('hex');
