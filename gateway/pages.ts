/**
 * GraphiQL, the console and the catalogue, as `npm run build:web` has built them: every byte from this server, under a policy
 * that lets a browser load nothing from elsewhere.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { ErrorCode } from '../runtime/errors.ts';
import type { Answer, Route } from './http-server.ts';
import { refusal } from './refusal.ts';

const STRICT = [
  "default-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];
/** Monaco, GraphiQL's editor, sets styles inline, starts its workers from blobs and brings its icons along. */
const FOR_MONACO = [
  ...STRICT,
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self' blob:",
  "font-src 'self' data:",
  "img-src 'self' data:",
];

const policyFor = (file: string): string => (file.startsWith('graphiql/') ? FOR_MONACO : STRICT).join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};

export type PageName = 'graphiql' | 'console' | 'catalogue';

export interface Pages {
  page(name: PageName): Promise<Answer>;
  readonly files: Route;
}

export function pagesIn(folder: string): Pages {
  // Only what was there at the start is served, so that no address can lead out of the folder.
  const files = new Set(listed(folder));

  async function answer(name: string): Promise<Answer> {
    if (!files.has(name)) throw refusal(404, ErrorCode.NotFound, 'There is nothing at this address.');
    return {
      status: 200,
      headers: {
        'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
        // Names of assets hold a hash of their content.
        'cache-control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        'content-security-policy': policyFor(name),
        'referrer-policy': 'no-referrer',
      },
      body: await readFile(join(folder, name)),
      isQuiet: true,
    };
  }

  return {
    page(name) {
      const file = `${name}/index.html`;
      if (!files.has(file)) throw refusal(404, ErrorCode.NotFound, 'The pages are not built: run `npm run build:web`.');
      return answer(file);
    },
    files: {
      path: '/web/',
      methods: ['GET', 'HEAD'],
      answer: ({ url }) => answer(url.pathname.slice('/web/'.length)),
    },
  };
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Whether a browser asks for a page to show, and not a program for data. */
export const asksForPage = (accept = ''): boolean =>
  accept.split(',').some((type) => type.trim().startsWith('text/html'));
