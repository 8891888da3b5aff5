/**
 * Two projects, told apart by a test's suffix: `npm test` runs what needs nothing but npm,
 * `npm run test:system` what needs Debian packages (`.system.test.ts`).
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As Node resolves: graphql has another file for bundlers, and two copies of it do not know each other's types.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    // One PostgreSQL server and, in CI, two cores for everybody. Tests wait a third of their time: for processes, for time.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    globalSetup: ['test/shared-postgres.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'house', include: ['test/**/*.test.ts'], exclude: ['test/**/*.system.test.ts'] },
      },
      {
        extends: true,
        test: { name: 'system', include: ['test/**/*.system.test.ts'], testTimeout: 300_000, hookTimeout: 600_000 },
      },
    ],
  },
});
