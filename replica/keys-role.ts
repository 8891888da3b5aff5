/**
 * `npm start -- keys …`: API keys for programs that have no identity provider to get a token from.
 *
 * The key itself is the one line on stdout, so that a script can take it; everything else is said on stderr.
 */
import { parseArgs } from 'node:util';
import { FaultCode, OperatorFault } from '../runtime/errors.ts';
import type { AccessScope } from './access-scope.ts';
import { createApiKey, type ListedApiKey, listApiKeys, revokeApiKey, rotateApiKey } from './api-keys.ts';
import { connect } from './connect.ts';
import { migrate } from './migrate.ts';

const usage = `npm start -- keys create <name> --scopes "read:shipping read:inventory" --plants 1010,1020|* [--expires 2027-06-30]
npm start -- keys list
npm start -- keys rotate <name>    a new key; the one before is good for another day
npm start -- keys revoke <name>`;

export async function runKeys(databaseUrl: string, args: readonly string[]): Promise<void> {
  const asked = askedOf(args);
  const db = await connect(databaseUrl, 'builder');
  try {
    await migrate(db);
    switch (asked.what) {
      case 'create':
        return shown(await createApiKey(db, asked), `There is a key of the name ${asked.name} already.`);
      case 'rotate':
        return shown(await rotateApiKey(db, asked.name), `There is no key of the name ${asked.name} that is good.`);
      case 'revoke':
        if (!(await revokeApiKey(db, asked.name))) throw wrong(`There is no key of the name ${asked.name}.`);
        return say(`${asked.name} is revoked; within seconds every gateway refuses it.`);
      case 'list':
        for (const key of await listApiKeys(db)) process.stdout.write(`${line(key)}\n`);
    }
  } finally {
    await db.end();
  }
}

type Asked =
  | { what: 'create'; name: string; scopes: string[]; access: AccessScope; expiresAt: string | null }
  | { what: 'rotate' | 'revoke'; name: string }
  | { what: 'list' };

function askedOf(args: readonly string[]): Asked {
  const { positionals, values } = parsed(args);
  const [what, name, ...others] = positionals;
  const isNamed = name !== undefined && /^[\w.@-]{1,64}$/.test(name) && others.length === 0;
  if (what === 'list' && positionals.length === 1) return { what };
  if ((what === 'rotate' || what === 'revoke') && isNamed) return { what, name };
  if (what !== 'create' || !isNamed) throw wrong('A name has letters, digits and . _ @ - in it.');
  const scopes = (values.scopes ?? '').split(/[\s,]+/).filter(Boolean);
  if (scopes.length === 0) throw wrong('--scopes says what may be done, for instance "read:shipping".');
  if (values.plants === undefined) throw wrong("--plants says whose rows may be seen: their codes, or '*' for all.");
  const plants = values.plants === '*' ? values.plants : values.plants.split(',').filter(Boolean);
  const expiresAt = values.expires ?? null;
  if (expiresAt !== null && !/^\d{4}-\d\d-\d\d/.test(expiresAt))
    throw wrong('--expires is a day or a time: 2027-06-30.');
  if (expiresAt !== null && !(Date.parse(expiresAt) > Date.now())) throw wrong('--expires lies in the past.');
  return { what, name, scopes, access: { plants }, expiresAt };
}

function parsed(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const options = { scopes: text, plants: text, expires: text };
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

const wrong = (problem: string) => new OperatorFault(FaultCode.Configuration, problem, usage);

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function shown(secret: string | null, otherwise: string): void {
  if (secret === null) throw wrong(otherwise);
  process.stdout.write(`${secret}\n`);
  say('This is the only time it is shown. Send it as X-API-Key, or as Authorization: Bearer.');
}

const line = ({ name, scopes, access, createdAt, expiresAt, revokedAt }: ListedApiKey): string =>
  [
    name,
    `scopes ${[...scopes].join(' ')}`,
    `plants ${access.plants === '*' ? '*' : access.plants.join(',')}`,
    `created ${createdAt}`,
    ...(expiresAt ? [`expires ${expiresAt}`] : []),
    ...(revokedAt ? [`revoked ${revokedAt}`] : []),
  ].join('   ');
