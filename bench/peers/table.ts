/** The figures as a table in Markdown, and the process that PostgreSQL's others are children of. */
import { readdirSync, readFileSync } from 'node:fs';

export function table(rows: readonly object[]): string {
  const names = Object.keys(rows[0] ?? {});
  const line = (cells: readonly unknown[]) => `| ${cells.join(' | ')} |`;
  return [line(names), line(names.map(() => '---')), ...rows.map((row) => line(Object.values(row)))].join('\n');
}

/** The page that is kept. */
export function results(head: string, tables: Readonly<Record<string, readonly object[] | undefined>>): string {
  const parts = Object.entries(tables).map(([title, rows = []]) => `## ${title}\n\n${table(rows)}\n`);
  return `# Skiff beside its peers\n\nBy \`npm run bench -- peers\`, which says in \`bench/peers/bench.ts\` who is who. ${head}\n\n${parts.join('\n')}`;
}

/** By the folder of its socket, which stands in its command line. 0 where there is none. */
export function postmasterOf(url: string): number {
  const socket = new URL(url).searchParams.get('host') ?? '';
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (command.includes('bin/postgres') && command.includes(socket)) return Number(name);
    } catch {
      // It ended meanwhile.
    }
  }
  return 0;
}
