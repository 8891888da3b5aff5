/**
 * The second barrier around rows, held by PostgreSQL: whoever reads read models does so as a role that sees the rows of
 * the plants set for the transaction, and without any set sees none.
 *
 *     skiff_reader         rows of the plants in `skiff.plants`      what every row connection begins as
 *     skiff_reader_of_all  all rows                                  for a unit of who has all plants
 *
 * It repeats what `read/visible.ts` adds to each statement, and shares nothing with it: a statement in which the
 * condition is forgotten gives no foreign row. Two roles, rather than one policy with an OR, because who has all plants
 * then keeps the plans there would be without a policy.
 *
 * Under a policy PostgreSQL enters an index only by operators that cannot tell a row's values in an error. LIKE and the
 * comparisons of numeric are not counted among them, though neither says in an error what the row holds: they are
 * marked so, which only a superuser may.
 */
import type pg from 'pg';
import { FaultCode, OperatorFault } from '../runtime/errors.ts';
import { ident } from './sql.ts';

export const READER = 'skiff_reader';
export const READER_OF_ALL = 'skiff_reader_of_all';
const ROLES = [READER, READER_OF_ALL];

const LEAKPROOF = [
  'textlike(text, text)',
  'texticlike(text, text)',
  'bpcharlike(character, text)',
  'bpchariclike(character, text)',
  ...['eq', 'lt', 'le', 'gt', 'ge'].map((name) => `numeric_${name}(numeric, numeric)`),
];

/** Makes the roles, as far as we may, and throws what an administrator must run if we may not. Part of migrating. */
export async function prepareBarrier(db: pg.Client): Promise<void> {
  for (const role of ROLES) {
    await db.query(/* sql */ `
      do $$ begin
        if to_regrole('${role}') is null then
          create role ${role} nologin;
        end if;
        if not pg_has_role('${role}', 'member') then
          grant ${role} to current_user;
        end if;
      exception
        -- Roles belong to the whole server: another database's Skiff may make them at this moment.
        when duplicate_object or unique_violation then null;
        -- Said below.
        when insufficient_privilege then null;
      end $$`);
  }
  const { rows } = await db.query<{ user: string; usable: string }>(
    /* sql */ `
    select quote_ident(current_user) as user, count(*) filter (where pg_has_role(oid, 'member'))::text as usable
    from pg_roles where rolname = any($1) group by 1`,
    [ROLES],
  );
  if (rows[0]?.usable !== String(ROLES.length)) {
    const user = rows[0]?.user ?? 'the user of SKIFF_DATABASE_URL';
    throw new OperatorFault(
      FaultCode.DatabaseUnfit,
      'The user of SKIFF_DATABASE_URL may neither create nor use the roles that read models are read as.',
      `Run as administrator: ${ROLES.map((role) => `create role ${role} nologin; grant ${role} to ${user};`).join(' ')}`,
    );
  }
  await db.query(`grant usage on schema read to ${ROLES.join(', ')}`);
  await db.query(/* sql */ `
    do $$ begin
      ${LEAKPROOF.map((name) => `alter function pg_catalog.${name} leakproof;`).join('\n      ')}
    exception when insufficient_privilege then null;
    end $$`);
}

/** What an administrator should run so that callers with some plants are as fast as others; null when it is done. */
export async function missingForSpeed(db: pg.Client): Promise<string | null> {
  const { rows } = await db.query<{ name: string }>(
    `select oid::regprocedure::text as name from pg_proc where oid = any($1::regprocedure[]) and not proleakproof`,
    [LEAKPROOF.map((name) => `pg_catalog.${name}`)],
  );
  return rows.length === 0 ? null : rows.map(({ name }) => `alter function pg_catalog.${name} leakproof;`).join(' ');
}

/** Lets readers at a table that nobody reads yet: at all of its rows, or at those of their plants. */
export async function protect(db: pg.ClientBase, table: string, plant: string | null): Promise<void> {
  await db.query(`grant select on ${table} to ${ROLES.join(', ')}`);
  if (plant === null) return;
  await db.query(`alter table ${table} enable row level security`);
  await db.query(`create policy all_plants on ${table} for select to ${READER_OF_ALL} using (true)`);
  // In a subselect the setting is read once for a statement, not for each row.
  await db.query(/* sql */ `
    create policy own_plants on ${table} for select to ${READER} using (
      ${ident(plant)} collate "C" = any ((select nullif(current_setting('skiff.plants', true), ''))::text[]))`);
}
