/**
 * Brings our own tables up to date. Any number of processes may start this at once.
 *
 * Each numbered file runs once, in a transaction of its own, under one advisory lock. The barrier around rows is seen to
 * at every start: what the database's user may do may have changed.
 */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { lockKey } from './locks.ts';
import { prepareBarrier } from './protection.ts';

const folder = fileURLToPath(new URL('migrations', import.meta.url));

export async function migrate(db: pg.Client): Promise<void> {
  await db.query('select pg_advisory_lock($1)', [lockKey.migrations]);
  try {
    await db.query('create schema if not exists skiff');
    await db.query(`create table if not exists skiff.migration (
      name text primary key, applied_at timestamptz not null default now())`);
    const applied = new Set(
      (await db.query<{ name: string }>('select name from skiff.migration')).rows.map(({ name }) => name),
    );
    for (const name of (await readdir(folder)).sort()) {
      if (!name.endsWith('.sql') || applied.has(name)) continue;
      await db.query('begin');
      try {
        await db.query(await readFile(`${folder}/${name}`, 'utf8'));
        await db.query('insert into skiff.migration (name) values ($1)', [name]);
        await db.query('commit');
      } catch (error) {
        await db.query('rollback');
        throw error;
      }
    }
    await prepareBarrier(db);
  } finally {
    await db.query('select pg_advisory_unlock($1)', [lockKey.migrations]);
  }
}
