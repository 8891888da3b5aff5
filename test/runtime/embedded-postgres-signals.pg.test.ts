/** The embedded PostgreSQL when processes are told to end, or are killed: runtime/embedded-postgres.ts. */
import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { commandOf } from '../../runtime/embedded-postgres/process.ts';
import { discardPostgres, startPostgres } from '../../runtime/embedded-postgres.ts';
import { type Program, runProgram } from '../child-process.ts';
import { scratchDir } from '../scratch-dir.ts';

const holder = new URL('postgres-holder.ts', import.meta.url);

const Held = z.object({ pid: z.number(), adopted: z.boolean(), initialised: z.boolean(), url: z.string() });
type Held = z.infer<typeof Held>;

interface Account {
  readonly uid: number;
  readonly gid: number;
}

function hold(dataDir: string, account: Account | undefined, settings: Record<string, string> = {}): Program {
  return runProgram(holder, { args: [dataDir, JSON.stringify({ fsync: 'off', ...settings })], account });
}

const held = async (program: Program): Promise<Held> => Held.parse(JSON.parse((await program.nextLine()) ?? ''));

async function query(url: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

async function queryWhenUp(url: string, sql: string): Promise<unknown[][]> {
  for (;;) {
    try {
      return await query(url, sql);
    } catch {
      await sleep(20);
    }
  }
}

/** Gone, or dead and waiting for the system to notice. */
const isGone = (pid: number) => commandOf(pid).join('') === '';

/** A folder that the account may write to; a server that is still running in it at the end is stopped. */
function folderOf(account: Account | undefined) {
  const scratch = scratchDir();
  if (account) chownSync(scratch.path, account.uid, account.gid);
  const dataDir = join(scratch.path, 'pg');
  return {
    dataDir,
    async [Symbol.asyncDispose]() {
      await discardPostgres(dataDir);
      scratch[Symbol.dispose]();
    },
  };
}

const NOBODY: Account = { uid: 65534, gid: 65534 };
const accounts: [string, Account | undefined][] =
  process.getuid?.() === 0
    ? [
        ['root', undefined],
        ['a normal user', NOBODY],
      ]
    : [['a normal user', undefined]];

describe.each(accounts)('started by %s', (_name, account) => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it and the server, with exit code %d', async (signal, code) => {
    await using folder = folderOf(account);
    await using program = hold(folder.dataDir, account);
    const { pid } = await held(program);
    program.process.kill(signal);
    expect(await program.ended()).toBe(code);
    expect(isGone(pid)).toBe(true);
  });

  test('Ctrl-C reaches the program alone, so that the server ends last', async () => {
    await using folder = folderOf(account);
    await using program = hold(folder.dataDir, account);
    const { pid, url } = await held(program);
    const client = new pg.Client({ connectionString: url });
    const cutOff = new Promise<string>((resolve) => client.on('error', (error) => resolve(error.message)));
    await client.connect();
    process.kill(-(program.process.pid ?? Number.NaN), 'SIGINT');
    expect(await program.ended()).toBe(130);
    expect(isGone(pid)).toBe(true);
    expect(await cutOff).toMatch(/administrator command|terminated unexpectedly/);
  });

  test('the server outlives a program that is killed; the next one adopts it and ends it', async () => {
    await using folder = folderOf(account);
    const killed = hold(folder.dataDir, account);
    const { pid, url } = await held(killed);
    await query(url, 'create table kept as select 1 as n');
    killed.process.kill('SIGKILL');
    await killed.ended();
    expect(isGone(pid)).toBe(false);

    await using next = hold(folder.dataDir, account);
    expect(await held(next)).toEqual({ pid, adopted: true, initialised: false, url });
    expect(await query(url, 'select n from kept')).toEqual([[1]]);
    next.process.kill('SIGTERM');
    await next.ended();
    expect(isGone(pid)).toBe(true);
  });

  test('left behind with other settings, it is started again with these', async () => {
    await using folder = folderOf(account);
    const killed = hold(folder.dataDir, account, { work_mem: '1MB' });
    const { pid } = await held(killed);
    killed.process.kill('SIGKILL');
    await killed.ended();

    await using next = hold(folder.dataDir, account, { work_mem: '2MB' });
    const { adopted, url } = await held(next);
    expect(adopted).toBe(false);
    expect(isGone(pid)).toBe(true);
    expect(await query(url, 'show work_mem')).toEqual([['2MB']]);
  });

  test('a server that is killed is started again and has every committed row', async () => {
    await using folder = folderOf(account);
    await using program = runProgram(holder, { args: [folder.dataDir], account });
    const { pid, url } = await held(program);
    await query(url, 'create table kept as select n from generate_series(1, 100000) n');
    process.kill(pid, 'SIGKILL');
    expect(await queryWhenUp(url, 'select count(*)::int from kept')).toEqual([[100_000]]);
    program.process.kill('SIGTERM');
    expect(await program.ended()).toBe(143);
    expect(await query(url, 'select 1').catch(() => 'no server')).toBe('no server');
  });

  test('when both are killed, the next start recovers', async () => {
    await using folder = folderOf(account);
    const killed = runProgram(holder, { args: [folder.dataDir], account });
    const { pid, url } = await held(killed);
    await query(url, 'create table kept as select n from generate_series(1, 100000) n');
    killed.process.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await killed.ended();

    await using next = runProgram(holder, { args: [folder.dataDir], account });
    expect(await held(next)).toMatchObject({ adopted: false, initialised: false });
    expect(await query(url, 'select count(*)::int from kept')).toEqual([[100_000]]);
  });

  test('killed in initdb, it begins anew', async () => {
    await using folder = folderOf(account);
    const killed = hold(folder.dataDir, account);
    const parent = join(folder.dataDir, '..');
    while (!readdirSync(parent).some((name) => name.includes('.init-'))) await sleep(1);
    killed.process.kill('SIGKILL');
    await killed.ended();

    await using next = hold(folder.dataDir, account);
    expect(await held(next)).toMatchObject({ adopted: false, initialised: true });
  });

  test('of several programs that start at once, one makes the server and all use it', async () => {
    await using folder = folderOf(account);
    await using first = hold(folder.dataDir, account);
    await using second = hold(folder.dataDir, account);
    await using third = hold(folder.dataDir, account);
    const all = [first, second, third];
    const servers = await Promise.all(all.map(held));
    expect(new Set(servers.map(({ pid }) => pid)).size).toBe(1);
    expect(servers.filter(({ adopted }) => !adopted)).toHaveLength(1);

    const owner = servers.findIndex(({ adopted }) => !adopted);
    for (const guest of all.filter((_, index) => index !== owner)) {
      guest.process.kill('SIGTERM');
      await guest.ended();
    }
    expect(isGone(servers[owner]?.pid ?? 0)).toBe(false);
    all[owner]?.process.kill('SIGTERM');
    await all[owner]?.ended();
    expect(isGone(servers[owner]?.pid ?? 0)).toBe(true);
  });
});

if (process.getuid?.() === 0) {
  test('root takes over what a normal user has made, and hands it back', async () => {
    await using folder = folderOf(NOBODY);
    const user = hold(folder.dataDir, NOBODY);
    const { url } = await held(user);
    await query(url, 'create table kept as select 1 as n');
    user.process.kill('SIGTERM');
    await user.ended();
    {
      await using server = await startPostgres({ dataDir: folder.dataDir, settings: { fsync: 'off' } });
      expect(await query(server.connectionString(), 'select n from kept')).toEqual([[1]]);
    }
    await using again = hold(folder.dataDir, NOBODY);
    expect(await query((await held(again)).url, 'select n from kept')).toEqual([[1]]);
  });
}
