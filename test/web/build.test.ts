import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildWeb } from '../../web/build.ts';
import { scratchDir } from '../scratch-dir.ts';

const folder = scratchDir();
const outDir = join(folder.path, 'dist');
const builtAt = () => statSync(join(outDir, 'graphiql/index.html')).mtimeMs;

beforeAll(async () => {
  expect(await buildWeb(outDir)).toBe(true);
});
afterAll(() => folder[Symbol.dispose]());

test('what the pages load stands under /web/, and none of it inline', () => {
  for (const page of ['graphiql', 'console', 'catalogue']) {
    const html = readFileSync(join(outDir, page, 'index.html'), 'utf8');
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    expect(loaded.length).toBeGreaterThan(2);
    expect(loaded.filter((address) => !address.startsWith('/web/'))).toEqual([]);
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style| on\w+=/);
  }
  expect(readdirSync(outDir).sort()).toEqual([
    'assets',
    'catalogue',
    'console',
    'favicon.svg',
    'graphiql',
    'sources.sha256',
  ]);
});

test('the pages are built again only when they were made of something else', async () => {
  const first = builtAt();
  expect(await buildWeb(outDir)).toBe(false);
  expect(builtAt()).toBe(first);

  // As if a source had changed since.
  writeFileSync(join(outDir, 'sources.sha256'), '');
  expect(await buildWeb(outDir)).toBe(true);
  expect(builtAt()).toBeGreaterThan(first);
});
