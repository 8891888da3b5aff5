/**
 * Reads `<model>.sql`: one SELECT and a header that says its key and, for each source, which keys a change touches.
 *
 *     -- @key id
 *     -- @base stock_move
 *     -- @from stock_move   select id from erp.stock_move where id = any($1)
 *     select …
 *
 * `@base` names the table whose row a row of this is, under the same key: where the ERP is read through its API,
 * who asks for a row by its id has that row of the table asked for as well.
 *
 * An indented comment line continues the header line above it.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidReadModel } from '../errors.ts';

export interface FromLine {
  /** A mirrored table's name, or `read.<model>`. */
  readonly source: string;
  /** SELECT of the touched keys; `$1, $2…` are arrays of the source's key columns. */
  readonly sql: string;
}

export interface ReadModelFile {
  readonly model: string;
  readonly file: string;
  readonly key: readonly string[];
  readonly base: string | null;
  readonly from: readonly FromLine[];
  readonly select: string;
}

export async function readModelFiles(
  folder: URL,
  parameters: Readonly<Record<string, string>>,
): Promise<ReadModelFile[]> {
  const path = fileURLToPath(folder);
  const names = (await readdir(path)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => parseReadModel(name, await readFile(`${path}/${name}`, 'utf8'), parameters)),
  );
}

export function parseReadModel(
  file: string,
  text: string,
  parameters: Readonly<Record<string, string>> = {},
): ReadModelFile {
  const model = basename(file, '.sql');
  const invalid = (problem: string, remedy: string) => new InvalidReadModel(file, problem, remedy);
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(model)) {
    throw invalid(`"${model}" is no name for a read model`, 'Name the file in snake_case, at most 48 characters.');
  }
  const { headers, body } = split(text);
  const select = fill(body, parameters).replace(/;\s*$/, '').trim();
  if (!/^(select|with)\b/i.test(withoutComments(select))) {
    throw invalid('it holds no SELECT', 'A read model is one SELECT below its header.');
  }
  const key: string[] = [];
  const base: string[] = [];
  const from: FromLine[] = [];
  for (const header of headers) {
    const [, word = '', rest = ''] = /^@(\w+)\s*([\s\S]*)$/.exec(header) ?? [];
    if (word === 'key') key.push(...rest.split(',').map((column) => column.trim()));
    else if (word === 'from') from.push(fromLine(rest, parameters, invalid));
    else if (word === 'base') base.push(rest.replace(/^"(.*)"$/, '$1'));
    else throw invalid(`unknown header "@${word}"`, 'Known headers are @key, @base and @from.');
  }
  if (key.length === 0 || key.some((column) => !/^[a-z_][a-z0-9_]*$/.test(column))) {
    throw invalid('no @key line names its key columns', 'Add "-- @key id", or "-- @key a, b" for several columns.');
  }
  const twice = from.find((line, at) => from.findIndex((other) => other.source === line.source) < at);
  if (twice) throw invalid(`two @from lines for ${twice.source}`, 'Join them by "union" in one line.');
  if (base.length > 1) throw invalid('two @base lines', 'A row of it is one row of one table, or of none.');
  return { model, file, key, base: base[0] ?? null, from, select };
}

function fromLine(
  rest: string,
  parameters: Readonly<Record<string, string>>,
  invalid: (problem: string, remedy: string) => InvalidReadModel,
): FromLine {
  const [, quoted, bare, sql = ''] = /^(?:"([^"]+)"|(\S+))\s+([\s\S]+)$/.exec(rest) ?? [];
  const source = quoted ?? bare;
  if (!source || !/^(select|with|\()/i.test(sql)) {
    throw invalid(`@from "${rest.slice(0, 60)}" is not understood`, 'Write "-- @from <table> select <key> from …".');
  }
  return { source, sql: fill(sql, parameters).trim() };
}

/** Header lines, joined with their continuations, and the rest. */
function split(text: string): { headers: string[]; body: string } {
  const headers: string[] = [];
  const body: string[] = [];
  let inHeader = false;
  for (const line of text.split('\n')) {
    const [, header] = /^--\s?(@\w+.*)$/.exec(line) ?? [];
    const [, continued] = /^--\s{2,}(.+)$/.exec(line) ?? [];
    if (header) {
      headers.push(header.trim());
      inHeader = true;
    } else if (inHeader && continued && headers.length > 0) {
      headers.push(`${headers.pop()}\n${continued}`);
    } else {
      inHeader = false;
      body.push(line);
    }
  }
  return { headers, body: body.join('\n') };
}

/** `:company` becomes `'1'`; `::int` and `'12:30'` stay as they are. */
function fill(sql: string, parameters: Readonly<Record<string, string>>): string {
  return sql.replace(/(?<![:\w]):([a-z]\w*)\b/g, (whole, name: string) => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    return value === undefined ? whole : `'${value.replaceAll("'", "''")}'`;
  });
}

export const withoutComments = (sql: string): string =>
  sql
    .replace(/--[^\n]*/g, '')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .trim();
