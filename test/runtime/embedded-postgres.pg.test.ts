/** The embedded PostgreSQL in one process: runtime/embedded-postgres.ts. What signals do to it stands beside this file. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { discardPostgres, type EmbeddedPostgres, startPostgres } from '../../runtime/embedded-postgres.ts';
import { FaultCode } from '../../runtime/errors.ts';
import { freePort } from '../../runtime/free-port.ts';
import { scratchDir } from '../scratch-dir.ts';

/** Tests do not outlive a power cut. */
const settings = { fsync: 'off' };

async function ask(url: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

const runs = ({ pid }: EmbeddedPostgres) => existsSync(`/proc/${pid}`);

test('the database is made once and kept between runs', async () => {
  using scratch = scratchDir();
  const dataDir = join(scratch.path, 'not-there-yet/postgres');
  {
    await using first = await startPostgres({ dataDir, settings });
    expect(first.initialised).toBe(true);
    await ask(first.connectionString(), 'create table kept as select 1 as n');
  }
  await using second = await startPostgres({ dataDir, settings });
  expect(second.initialised).toBe(false);
  expect(await ask(second.connectionString(), 'select n from kept')).toEqual([[1]]);
});

test('it is fit for logical replication, sorts alike everywhere, and lives in UTC', async () => {
  using scratch = scratchDir();
  await using server = await startPostgres({ dataDir: join(scratch.path, 'pg'), settings });
  const asked = /* sql */ `
    select current_setting('wal_level'), current_setting('jit'), current_setting('TimeZone'),
           current_setting('server_encoding'), datlocprovider, datlocale, current_setting('data_checksums')
      from pg_database where datname = current_database()`;
  expect(await ask(server.connectionString(), asked)).toEqual([
    ['logical', 'off', 'UTC', 'UTF8', 'b', 'C.UTF-8', 'on'],
  ]);
});

test('settings of ours give way to those asked for', async () => {
  using scratch = scratchDir();
  await using server = await startPostgres({
    dataDir: join(scratch.path, 'pg'),
    settings: { ...settings, shared_buffers: '32MB' },
  });
  expect(await ask(server.connectionString(), 'show shared_buffers')).toEqual([['32MB']]);
});

test('it listens on a socket that is its account’s alone, and on no port', async () => {
  using scratch = scratchDir();
  await using server = await startPostgres({ dataDir: join(scratch.path, 'pg'), settings });
  expect(await ask(server.connectionString(), 'show listen_addresses')).toEqual([['']]);
  expect(statSync(server.socketDir).mode & 0o777).toBe(0o700);
});

test('a TCP port asks for the password, which the connection string has', async () => {
  using scratch = scratchDir();
  await using server = await startPostgres({ dataDir: join(scratch.path, 'pg'), settings, port: 'auto' });
  const url = new URL(server.connectionString());
  expect(url.host).toBe(`127.0.0.1:${server.port}`);
  expect(await ask(url.href, 'select 1')).toEqual([[1]]);
  url.password = 'guessed';
  await expect(ask(url.href, 'select 1')).rejects.toThrow('password authentication failed');
});

test('a port that is taken ends in a fault that names it', async () => {
  using scratch = scratchDir();
  const port = await freePort();
  await using _first = await startPostgres({ dataDir: join(scratch.path, 'one'), settings, port });
  const second = startPostgres({ dataDir: join(scratch.path, 'other'), settings, port });
  await expect(second).rejects.toMatchObject({
    code: FaultCode.EmbeddedPostgres,
    message: expect.stringContaining(`${port}`),
  });
});

test('a setting PostgreSQL refuses ends in a fault with its words', async () => {
  using scratch = scratchDir();
  const start = startPostgres({
    dataDir: join(scratch.path, 'pg'),
    settings: { ...settings, shared_buffers: 'plenty' },
  });
  await expect(start).rejects.toMatchObject({
    code: FaultCode.EmbeddedPostgres,
    message: expect.stringContaining('plenty'),
  });
});

test('a second request for the same folder gets the same server, and leaves it running', async () => {
  using scratch = scratchDir();
  const dataDir = join(scratch.path, 'pg');
  await using owner = await startPostgres({ dataDir, settings });
  const guest = await startPostgres({ dataDir, settings });
  expect(guest).toMatchObject({ pid: owner.pid, adopted: true });
  await guest.stop();
  expect(await ask(owner.connectionString(), 'select 1')).toEqual([[1]]);
});

test('two requests at once, in one process, make one server', async () => {
  using scratch = scratchDir();
  const request = { dataDir: join(scratch.path, 'pg'), settings };
  const [one, other] = await Promise.all([startPostgres(request), startPostgres(request)]);
  expect(one.pid).toBe(other.pid);
  expect([one.adopted, other.adopted].toSorted()).toEqual([false, true]);
  await Promise.all([one.stop(), other.stop()]);
  expect(runs(one)).toBe(false);
});

test('stopped is stopped, twice as well', async () => {
  using scratch = scratchDir();
  const server = await startPostgres({ dataDir: join(scratch.path, 'pg'), settings });
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  expect(runs(server)).toBe(false);
  expect(existsSync(server.socketDir)).toBe(false);
});

test('stale lock files that name a living process of somebody else do not stop it', async () => {
  using scratch = scratchDir();
  const dataDir = join(scratch.path, 'pg');
  const stopped = await startPostgres({ dataDir, settings });
  await stopped.stop();
  const { uid, gid } = statSync(join(dataDir, 'PG_VERSION'));
  // Of the server's own account: PostgreSQL believes the pid file only then.
  const foreigner = spawn('sleep', ['600'], process.getuid?.() === 0 ? { uid, gid } : {});
  try {
    const pidFile = [foreigner.pid, dataDir, 1_700_000_000, 5432, '/tmp', '', '  1 2', 'ready   ', ''].join('\n');
    writeFileSync(join(dataDir, 'postmaster.pid'), pidFile);
    mkdirSync(stopped.socketDir, { mode: 0o700 });
    writeFileSync(join(stopped.socketDir, '.s.PGSQL.5432.lock'), pidFile);
    await using server = await startPostgres({ dataDir, settings });
    expect(server.adopted).toBe(false);
    expect(await ask(server.connectionString(), 'select 1')).toEqual([[1]]);
  } finally {
    foreigner.kill('SIGKILL');
  }
});

test('a database of another major version is refused and left as it is', async () => {
  using scratch = scratchDir();
  const dataDir = join(scratch.path, 'pg');
  await (await startPostgres({ dataDir, settings })).stop();
  writeFileSync(join(dataDir, 'PG_VERSION'), '16\n');
  await expect(startPostgres({ dataDir, settings })).rejects.toMatchObject({
    code: FaultCode.DatabaseUnfit,
    message: expect.stringContaining('made by PostgreSQL 16'),
  });
  expect(existsSync(join(dataDir, 'base'))).toBe(true);
});

test('a folder that holds something else is refused and left as it is', async () => {
  using scratch = scratchDir();
  writeFileSync(join(scratch.path, 'thesis.txt'), 'ten years of work');
  await expect(startPostgres({ dataDir: scratch.path, settings })).rejects.toMatchObject({
    code: FaultCode.DatabaseUnfit,
  });
  expect(readdirSync(scratch.path)).toEqual(['thesis.txt']);
});

test('what an initdb that was cut off has left is removed, and the database made anew', async () => {
  using scratch = scratchDir();
  const dataDir = join(scratch.path, 'pg');
  // No process has this pid: it is above the highest there can be.
  mkdirSync(`${dataDir}.init-99999999-00000000/base`, { recursive: true });
  await using server = await startPostgres({ dataDir, settings });
  expect(server.initialised).toBe(true);
  expect(readdirSync(scratch.path)).toEqual(['pg']);
});

test('its log is a file in the data folder', async () => {
  using scratch = scratchDir();
  const dataDir = join(scratch.path, 'pg');
  await using server = await startPostgres({ dataDir, settings });
  await expect(ask(server.connectionString(), 'select nonsense')).rejects.toThrow('nonsense');
  expect(readFileSync(join(dataDir, 'server.log'), 'utf8')).toContain('column "nonsense" does not exist');
});

test('its log does not grow for ever', async () => {
  using scratch = scratchDir();
  const dataDir = join(scratch.path, 'pg');
  await (await startPostgres({ dataDir, settings })).stop();
  writeFileSync(join(dataDir, 'server.log'), 'x'.repeat(11 * 1024 ** 2));
  await using _server = await startPostgres({ dataDir, settings });
  expect(statSync(join(dataDir, 'server.log')).size).toBeLessThan(10_000);
  expect(statSync(join(dataDir, 'server.log.1')).size).toBe(11 * 1024 ** 2);
});

test('PostgreSQL 11, the oldest ERP server, runs too', async () => {
  using scratch = scratchDir();
  await using server = await startPostgres({
    dataDir: join(scratch.path, 'pg'),
    settings,
    binaries: 'embedded-postgres-11',
    port: 'auto',
  });
  expect(await ask(server.connectionString(), 'show server_version')).toEqual([['11.22']]);
});

test('a database in use is not discarded; one that is not is gone with its server', async () => {
  using scratch = scratchDir();
  const dataDir = join(scratch.path, 'pg');
  const server = await startPostgres({ dataDir, settings });
  await expect(discardPostgres(dataDir)).rejects.toMatchObject({ code: FaultCode.DatabaseUnfit });
  await server.stop();
  await discardPostgres(dataDir);
  expect(existsSync(dataDir)).toBe(false);
  await discardPostgres(dataDir);
});

if (process.getuid?.() === 0) {
  test('where root’s folder is closed to the server’s account, a link there leads to the data, which goes with it', async () => {
    using scratch = scratchDir();
    const home = join(scratch.path, 'root');
    mkdirSync(home, { mode: 0o700 });
    const dataDir = join(home, '.skiff/postgres');
    {
      await using server = await startPostgres({ dataDir, settings });
      await ask(server.connectionString(), 'create table kept as select 1 as n');
    }
    const target = readlinkSync(dataDir);
    {
      await using server = await startPostgres({ dataDir, settings });
      expect(await ask(server.connectionString(), 'select n from kept')).toEqual([[1]]);
    }
    rmSync(dataDir);
    // As where another process removes what it marks in the same moment: it is listed, and not there any more.
    const vanishing = `${target}-vanishing.linked-from`;
    symlinkSync(join(scratch.path, 'nowhere'), vanishing);
    const other = join(home, 'other');
    await (await startPostgres({ dataDir: other, settings })).stop();
    expect(existsSync(target)).toBe(false);
    rmSync(vanishing);
    await discardPostgres(other);
    expect(readdirSync(home)).toEqual(['.skiff']);
  });
}
