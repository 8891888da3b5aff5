/**
 * Lends a folder that is gone afterwards.
 *
 * Everybody may walk through it: PostgreSQL runs under another account when the tests run as root.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ScratchDir extends Disposable {
  readonly path: string;
}

export function scratchDir(): ScratchDir {
  const path = mkdtempSync(join(tmpdir(), 'skiff-test-'));
  chmodSync(path, 0o755);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
