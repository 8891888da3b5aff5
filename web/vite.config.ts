/**
 * Builds the pages into `web/dist`, every byte of them: a browser asks no other host for anything.
 *
 * Whoever serves them has these addresses to map:
 *
 *   GET /graphql (Accept: text/html)  dist/graphiql/index.html    GraphiQL; asks POST /graphql
 *   GET /console                      dist/console/index.html     operations console; asks GET /console/status.json
 *   GET /data, /data/<name>           dist/catalogue/index.html   catalogue; asks the same addresses for JSON
 *   GET /web/*                        dist/*                      what they load
 *
 * Names under `/web/assets/` hold a hash of the content and may be cached for ever; the pages may not be cached.
 * They run under the Content-Security-Policy of `gateway/pages.ts`.
 */
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  root: path('.'),
  // Absolute, since the pages stand at /graphql and /console; workers are found by it, too.
  base: '/web/',
  plugins: [react()],
  build: {
    outDir: path('dist'),
    emptyOutDir: true,
    // Monaco's editor is one chunk of some megabytes, loaded when the page already stands.
    chunkSizeWarningLimit: 8_000,
    rolldownOptions: {
      input: [path('graphiql/index.html'), path('console/index.html'), path('catalogue/index.html')],
      // GraphiQL's packages carry directives for a compiler that has already run.
      onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log),
    },
  },
});
