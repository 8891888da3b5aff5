/** The check of CI that keeps promises to clients: what it lets pass, what it compares with. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apiBaseline } from '../../schema/api-baseline.ts';
import { brokenPromises } from '../../schema/api-changes.ts';
import { type ScratchDir, scratchDir } from '../scratch-dir.ts';

const TODAY = '2026-11-22';

const api = (product: string, rest = '') => `
  type Query { product(id: ID!, code: String): Product }
  type Product { id: ID! ${product} }
  ${rest}`;

describe('clients are told nothing when', () => {
  test.each([
    ['a field comes', api('name: String'), api('name: String code: String')],
    ['a field is deprecated', api('name: String'), api('name: String @deprecated(reason: "Use code.")')],
    ['a deprecated field goes', api('name: String @deprecated(reason: "Use code.")'), api('')],
    [
      'a deprecated field goes on its day',
      api(`name: String @deprecated(reason: "Use code. Removal ${TODAY}")`),
      api(''),
    ],
    [
      'a deprecated field goes with the types that only it led to',
      api('stock: Stock @deprecated', 'type Stock { unit: Unit } enum Unit { PCS }'),
      api(''),
    ],
    [
      'a deprecated value of an enum goes',
      api('unit: Unit', 'enum Unit { PCS BOX @deprecated }'),
      api('unit: Unit', 'enum Unit { PCS }'),
    ],
    [
      'a deprecated argument goes',
      'type Query { a(b: Int @deprecated, c: Int): Int }',
      'type Query { a(c: Int): Int }',
    ],
    ['a field that may be null no longer may', api('name: String'), api('name: String!')],
  ])('%s', (_what, before, after) => {
    expect(brokenPromises(before, after, TODAY)).toEqual([]);
  });
});

describe('a promise is broken when', () => {
  test.each([
    ['a field goes', api('name: String'), api(''), 'Product.name was removed.'],
    [
      'a deprecated field goes before its day',
      api('name: String @deprecated(reason: "Use code. Removal 2026-11-23")'),
      api(''),
      'Product.name was removed.',
    ],
    [
      'a field is deprecated and gone in one step',
      api('name: String', 'type Old { a: Int @deprecated }'),
      api('', 'type Old { a: Int @deprecated }'),
      'Product.name was removed.',
    ],
    [
      'a type goes that something else still led to',
      api('stock: Stock @deprecated levels: [Stock]', 'type Stock { unit: String }'),
      api('levels: [String]'),
      'Stock was removed.',
    ],
    [
      'a field becomes null that was not',
      api('name: String!'),
      api('name: String'),
      'Product.name changed type from String! to String.',
    ],
    [
      'an argument becomes required',
      'type Query { a(b: Int): Int }',
      'type Query { a(b: Int!): Int }',
      'Query.a arg b has changed type from Int to Int!.',
    ],
    [
      'a value of an enum goes',
      api('unit: Unit', 'enum Unit { PCS BOX }'),
      api('unit: Unit', 'enum Unit { PCS }'),
      'BOX was removed from enum type Unit.',
    ],
  ])('%s', (_what, before, after, broken) => {
    expect(brokenPromises(before, after, TODAY)).toContain(broken);
  });
});

describe('the API is compared with', () => {
  let folder: ScratchDir;
  beforeEach(() => {
    folder = scratchDir();
  });
  afterEach(() => folder[Symbol.dispose]());

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args], {
      cwd: folder.path,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  const write = (text: string) => {
    mkdirSync(join(folder.path, 'schema'), { recursive: true });
    writeFileSync(join(folder.path, 'schema/api.graphql'), text);
  };
  const commit = (text: string) => {
    write(text);
    git('add', '.');
    git('commit', '--quiet', '-m', text);
  };
  const mainWith = (...texts: string[]) => {
    git('init', '--quiet', '--initial-branch=main');
    texts.forEach(commit);
  };
  const baseline = (of = folder.path) => {
    const found = apiBaseline(of);
    return found.commit === null ? found.reason : found.api;
  };

  test('the commit before, on main itself', () => {
    mainWith('one', 'two');
    expect(baseline()).toBe('one');
  });

  test('the last commit, on main with a change that is not committed', () => {
    mainWith('one', 'two');
    write('three');
    expect(baseline()).toBe('two');
  });

  test('the place where a branch left main, however far either has come', () => {
    mainWith('one', 'two');
    git('switch', '--quiet', '--create', 'branch');
    commit('three');
    commit('four');
    git('switch', '--quiet', 'main');
    commit('five');
    git('switch', '--quiet', 'branch');
    expect(baseline()).toBe('two');
  });

  test("the remote's main, in a clone that has checked out a commit", () => {
    mainWith('one', 'two', 'three');
    const clone = join(folder.path, 'clone');
    git('clone', '--quiet', folder.path, clone);
    git('-C', clone, 'checkout', '--quiet', '--detach', 'HEAD~1');
    git('-C', clone, 'branch', '--quiet', '--delete', '--force', 'main');
    expect(baseline(clone)).toBe('one');
  });

  test('nothing, in a clone without history', () => {
    mainWith('one', 'two');
    const clone = join(folder.path, 'clone');
    git('clone', '--quiet', '--depth=1', pathToFileURL(folder.path).href, clone);
    expect(baseline(clone)).toBe('the history ends here');
  });

  test('nothing, in a clone whose history does not reach main', () => {
    mainWith('one', 'two');
    git('switch', '--quiet', '--create', 'branch');
    commit('three');
    commit('four');
    const clone = join(folder.path, 'clone');
    git(
      'clone',
      '--quiet',
      '--depth=1',
      '--no-single-branch',
      '--branch=branch',
      pathToFileURL(folder.path).href,
      clone,
    );
    expect(baseline(clone)).toBe('the history does not reach back to main');
  });

  test('nothing, where there is no repository or no commit', () => {
    expect(baseline()).toBe('there is no git history');
    git('init', '--quiet');
    expect(baseline()).toBe('there is no git history');
  });

  test('nothing, when the commit had no API yet', () => {
    mainWith('one');
    git('rm', '--quiet', 'schema/api.graphql');
    git('commit', '--quiet', '-m', 'without');
    commit('two');
    expect(baseline()).toMatch(/^[0-9a-f]{9} has no schema\/api.graphql$/);
  });
});
