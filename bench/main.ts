/**
 * `npm run bench -- <name> [--flag value …]`: measures one thing on a scratch data folder.
 *
 * Progress goes to stderr; the last line on stdout is one JSON object with the figures. Flags each bench takes stand
 * in its file; `--small` runs it at a size that shows that it works and says nothing of speed.
 */
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { z } from 'zod';
import { type Flags, parseFlags } from './flags.ts';

type Bench = (flags: Flags) => Promise<Readonly<Record<string, unknown>>>;

const BenchModule = z.object({ bench: z.custom<Bench>((value) => typeof value === 'function') });

// Exiting, rather than being ended, takes the embedded servers along.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

const [name = '', ...rest] = process.argv.slice(2);
const names = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
if (!names.includes(name)) {
  process.stderr.write(`"${name}" is no bench. There are: ${names.join(', ')}.\n`);
  process.exit(1);
}
const { bench } = BenchModule.parse(await import(`./${name}/bench.ts`));
const figures = await bench(parseFlags(rest));
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
