/**
 * API keys: made, listed, rotated, revoked, and found again by their hash. The key is shown once, when it is made.
 *
 * Whoever holds a key is looked up in the database each few seconds: a revoked one is refused as soon as that.
 */
import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { AccessScope } from './access-scope.ts';
import type { Query } from './queryable.ts';
import { isUnavailable, readError } from './read/errors.ts';

export interface ApiKey {
  readonly name: string;
  readonly scopes: ReadonlySet<string>;
  readonly access: AccessScope;
}

export interface ListedApiKey extends ApiKey {
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly access: AccessScope;
  /** A time as PostgreSQL reads it; null for a key that does not expire. */
  readonly expiresAt: string | null;
}

/** What a key begins with, so that it is known for one where it should not lie. */
const PREFIX = 'skiff_';
const LOOKED_UP_EVERY_MS = 5_000;
const MOST_REMEMBERED = 10_000;
const ROTATION_OVERLAP = '24 hours';

type Database = Pick<pg.Pool | pg.Client, 'query'>;

const newSecret = (): string => `${PREFIX}${randomBytes(32).toString('base64url')}`;
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Resolves with the key; null when there is one of this name already. */
export async function createApiKey(db: Database, key: NewApiKey): Promise<string | null> {
  const secret = newSecret();
  const { name, scopes, access, expiresAt } = key;
  const { rowCount } = await db.query(
    /* sql */ `
    insert into skiff.api_key (name, hash, scopes, plants, expires_at) values ($1, $2, $3, $4, $5)
    on conflict (name) do nothing`,
    [name, hashOf(secret), scopes, access.plants === '*' ? null : access.plants, expiresAt],
  );
  return rowCount ? secret : null;
}

/** Resolves with the new key; the one before is good for another day. Null when there is none, or it was revoked. */
export async function rotateApiKey(db: Database, name: string): Promise<string | null> {
  const secret = newSecret();
  const { rowCount } = await db.query(
    /* sql */ `
    update skiff.api_key
    set previous_hash = hash, previous_until = now() + interval '${ROTATION_OVERLAP}', hash = $2
    where name = $1 and revoked_at is null`,
    [name, hashOf(secret)],
  );
  return rowCount ? secret : null;
}

/** Resolves with whether there was such a key. It stays listed. */
export async function revokeApiKey(db: Database, name: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'update skiff.api_key set revoked_at = coalesce(revoked_at, now()) where name = $1',
    [name],
  );
  return Boolean(rowCount);
}

interface Row {
  readonly name: string;
  readonly scopes: string;
  readonly plants: string | null;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
}

const selected = /* sql */ `
  select name, to_json(scopes)::text as scopes, to_json(plants)::text as plants, created_at::text, expires_at::text,
    revoked_at::text
  from skiff.api_key`;

const keyOf = ({ name, scopes, plants }: Row): ApiKey => ({
  name,
  scopes: new Set(JSON.parse(scopes)),
  access: { plants: plants === null ? '*' : JSON.parse(plants) },
});

export async function listApiKeys(db: Database): Promise<ListedApiKey[]> {
  const { rows } = await db.query<Row>(`${selected} order by name`);
  return rows.map((row) => ({
    ...keyOf(row),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }));
}

export type FindApiKey = (secret: string) => Promise<ApiKey | null>;

export function apiKeys(query: Query): FindApiKey {
  const known = new LRUCache<string, Promise<ApiKey | null>>({ max: MOST_REMEMBERED, ttl: LOOKED_UP_EVERY_MS });
  const find = async (hash: Buffer): Promise<ApiKey | null> => {
    const statement = {
      name: 'find_api_key',
      text: /* sql */ `
        ${selected} where (hash = $1 or (previous_hash = $1 and previous_until > now()))
          and revoked_at is null and (expires_at is null or expires_at > now())`,
      values: [hash],
    };
    try {
      // A connection that was cut while it lay idle shows by the statement that is sent on it.
      const { rows } = await query<Row>(statement).catch((error: unknown) => {
        if (!isUnavailable(error)) throw error;
        return query<Row>(statement);
      });
      return rows[0] ? keyOf(rows[0]) : null;
    } catch (error) {
      throw readError(error);
    }
  };
  return (secret) => {
    const hash = hashOf(secret);
    const id = hash.toString('base64');
    const found = known.get(id) ?? find(hash);
    known.set(id, found, { noUpdateTTL: true });
    // A database that is away is asked again.
    found.catch(() => known.delete(id));
    return found;
  };
}
