/** Part of `npm run check`: the API breaks nothing that clients of main use and were not warned about. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { apiBaseline } from './api-baseline.ts';
import { brokenPromises } from './api-changes.ts';

const root = new URL('../', import.meta.url);
const baseline = apiBaseline(fileURLToPath(root));

if (baseline.commit === null) {
  process.stderr.write(`Changes of the API were not checked: ${baseline.reason}.\n`);
} else {
  const after = readFileSync(new URL('schema/api.graphql', root), 'utf8');
  const broken = brokenPromises(baseline.api, after, new Date().toISOString().slice(0, 'YYYY-MM-DD'.length));
  if (broken.length > 0) {
    process.stderr.write(
      `The API breaks clients of ${baseline.commit.slice(0, 9)}:\n  ${broken.join('\n  ')}\n` +
        'Add beside what is there, and mark that @deprecated(reason: "Use x. Removal 2027-06-30") first.\n',
    );
    process.exitCode = 1;
  }
}
