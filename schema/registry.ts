/**
 * The registry of persisted documents: what clients ask by an id, without sending the text.
 *
 *     <name>.graphql   one operation, known by its file's name and by the SHA-256 of its text
 *     <name>.dataset.json    that the document of this name is a dataset too (`datasets.ts`)
 *     *.json           what a client was built with: Apollo's manifest, Relay's or codegen's map of id to text
 *
 * Ids of a client are kept as they were shipped and never computed again: the tools write a text anew before or
 * after they hash it. A registry changes by deployment only; no request adds to it.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kind, parse } from 'graphql';
import { z } from 'zod';
import { durationMs } from '../runtime/duration.ts';
import { FaultCode, OperatorFault } from '../runtime/errors.ts';
import { isDatasetFile } from './datasets.ts';

export interface RegisteredDocument {
  /** For people: its file, and its name or id there if the file has several. */
  readonly name: string;
  /** In the form that `canonicalId` gives. */
  readonly ids: readonly string[];
  readonly text: string;
  /** How fresh its answer is to be when the request does not say. */
  readonly maxStalenessMs: number | null;
}

/** The documents of this repository. */
export const DOCUMENTS = fileURLToPath(new URL('./documents/', import.meta.url));

/** A hash may be sent with the name of its algorithm in front, as GraphQL over HTTP has it, or without. */
export const canonicalId = (id: string): string => id.replace(/^sha256:/, '');

/** Everything registered in these folders. Throws one fault that names all that is wrong in them. */
export function readRegistry(folders: readonly string[] = [DOCUMENTS]): readonly RegisteredDocument[] {
  const problems: string[] = [];
  const byId = new Map<string, RegisteredDocument>();
  const documents = folders.flatMap((folder) => filesIn(folder, problems)).flatMap((path) => readFile(path, problems));
  for (const document of documents) {
    for (const id of document.ids) {
      const other = byId.get(id);
      if (other && other.text !== document.text)
        problems.push(`${document.name}: ${other.name} has its id "${id}" too`);
      byId.set(id, document);
    }
  }
  if (problems.length > 0) throw documentFault(problems);
  return documents;
}

export const documentFault = (problems: readonly string[]): OperatorFault =>
  new OperatorFault(FaultCode.DocumentInvalid, ['Persisted documents are at fault:', ...problems].join('\n  '));

function filesIn(folder: string, problems: string[]): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => /[.](graphql|json)$/.test(file) && !isDatasetFile(file))
      .sort()
      .map((file) => join(folder, file));
  } catch (error) {
    problems.push(`${folder}: the folder cannot be read (${error instanceof Error ? error.message : error})`);
    return [];
  }
}

function readFile(path: string, problems: string[]): readonly RegisteredDocument[] {
  const text = readFileSync(path, 'utf8');
  const file = path.slice(path.lastIndexOf('/') + 1);
  try {
    return file.endsWith('.json') ? shipped(file, JSON.parse(text)) : [written(file, text)];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    problems.push(`${file}: ${error instanceof z.ZodError ? NO_FORM : error.message}`);
    return [];
  }
}

const NO_FORM = `is neither Apollo's manifest nor a map of id to text`;

/** An id of one's own may hold no colon: what stands before one names an algorithm. */
const NAME = /^[A-Za-z0-9._~-]+$/;

function written(file: string, text: string): RegisteredDocument {
  const name = file.slice(0, -'.graphql'.length);
  if (!NAME.test(name)) throw new TypeError('the name is the id, and may hold letters, digits and - . _ ~');
  const operations = parse(text).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length;
  if (operations !== 1) throw new TypeError(`has ${operations} operations; a document has one`);
  const hash = createHash('sha256').update(text).digest('hex');
  return { name: file, ids: [name, hash], text, maxStalenessMs: maxStalenessIn(text) };
}

const Manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), name: z.string(), body: z.string() })),
});
const IdToText = z.record(z.string().min(1), z.string());

function shipped(file: string, content: unknown): readonly RegisteredDocument[] {
  const isManifest = z.object({ format: z.string() }).safeParse(content).success;
  const entries = isManifest
    ? Manifest.parse(content).operations.map(({ id, name, body }) => ({ id, name, text: body }))
    : Object.entries(IdToText.parse(content)).map(([id, text]) => ({ id, name: id, text }));
  return entries.map(({ id, name, text }) => ({
    name: `${file}, ${name}`,
    ids: [canonicalId(id)],
    text,
    maxStalenessMs: maxStalenessIn(text),
  }));
}

/** Comments before the operation may say more of it: `# @maxStaleness 5s`. */
function maxStalenessIn(text: string): number | null {
  let maxStalenessMs: number | null = null;
  for (const line of text.split('\n')) {
    if (!/^\s*(#|$)/.test(line)) break;
    const [, setting, value = ''] = /^\s*#\s*@(\w+)\s*(.*)$/.exec(line) ?? [];
    if (setting === undefined) continue;
    if (setting !== 'maxStaleness') throw new TypeError(`@${setting} is not known; only @maxStaleness is`);
    maxStalenessMs = durationMs(value) ?? null;
    if (maxStalenessMs === null) throw new TypeError(`@maxStaleness "${value}" must look like 5s or 500ms`);
  }
  return maxStalenessMs;
}
