/**
 * Datasets: registered documents that tools read as tables. A description stands beside its document:
 *
 *     delayed-shipments.graphql         which rows and which of their fields
 *     delayed-shipments.dataset.json    how they are offered: name, version, owner, parameters, columns
 *
 * The description is the promise to whoever reads the dataset, so it says itself what the schema would let one guess:
 * that both agree is judged when they are deployed (`gateway/data/dataset.ts`). Only what is wrong in the file by itself
 * is found here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { durationMs } from '../runtime/duration.ts';

const ENDING = '.dataset.json';

export const isDatasetFile = (file: string): boolean => file.endsWith(ENDING);

/** Parameters that every dataset has: how it is read, not what of it. */
export const SHARED_PARAMETERS = ['limit', 'cursor', 'maxStaleness', 'onStale', 'bom', 'safe', 'download'] as const;
export type SharedParameter = (typeof SHARED_PARAMETERS)[number];
export const isShared = (name: string): boolean => SHARED_PARAMETERS.some((one) => one === name);

const name = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'letters, digits and - in lower case, like open-orders');
const columnName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'letters, digits and _, at most 63 of them');
const day = z.string().regex(/^\d{4}-\d\d-\d\d$/, 'a day, like 2027-06-30');
const text = z.string().min(1);

const duration = z.string().transform((value, context) => {
  const ms = durationMs(value);
  if (ms === undefined) context.addIssue({ code: 'custom', message: 'must look like 5s or 500ms' });
  return ms ?? 0;
});

const Parameter = z.strictObject({
  name: text.refine((one) => !isShared(one), 'is a parameter that every dataset has; name the variable otherwise'),
  /** As the document's variable has it: `[String!]`. */
  type: text,
  description: text,
  /** A value to show it by. */
  example: text.optional(),
});

const Column = z.strictObject({
  name: columnName,
  /** The response keys that lead to the value; the name by default. */
  path: text.optional(),
  /** A scalar's name, or an enum's. */
  type: text,
  /** Of a Decimal: the digits behind the point in formats whose numbers have a fixed number of them. */
  scale: z.int().min(0).max(30).optional(),
  /** The field's own by default. */
  description: text.optional(),
});

const Description = z.strictObject({
  name: name.refine((one) => one !== 'odata', 'is the address of the OData feed'),
  version: z.int().positive(),
  /** Name of the registered document; the file's by default. */
  document: text.optional(),
  title: text,
  description: text,
  owner: text,
  parameters: z.array(Parameter).default([]),
  columns: z.array(Column).min(1),
  maxStaleness: duration.optional(),
  deprecated: z.strictObject({ reason: text, removal: day }).optional(),
});

export type DatasetParameter = z.output<typeof Parameter>;
export type DatasetColumn = z.output<typeof Column>;

export interface DatasetDescription extends Omit<z.output<typeof Description>, 'document' | 'maxStaleness'> {
  /** The file's name, for people. */
  readonly file: string;
  readonly document: string;
  readonly maxStalenessMs: number | null;
}

export interface Datasets {
  readonly described: readonly DatasetDescription[];
  /** What is wrong in files, each with its name in front. */
  readonly problems: readonly string[];
}

/** All descriptions in these folders. Folders that cannot be read are the registry's to complain of. */
export function readDatasets(folders: readonly string[]): Datasets {
  const described: DatasetDescription[] = [];
  const problems: string[] = [];
  for (const { file, content } of folders.flatMap(filesIn)) {
    try {
      const { document, maxStaleness, ...rest } = Description.parse(JSON.parse(content));
      const other = described.find((one) => one.name === rest.name && one.version === rest.version);
      if (other) problems.push(`${file}: ${other.file} describes version ${rest.version} of ${rest.name} too`);
      described.push({
        ...rest,
        file,
        document: document ?? file.slice(0, -ENDING.length),
        maxStalenessMs: maxStaleness ?? null,
      });
    } catch (error) {
      problems.push(...faultsOf(error).map((fault) => `${file}: ${fault}`));
    }
  }
  return { described, problems };
}

function filesIn(folder: string): { file: string; content: string }[] {
  try {
    const files = readdirSync(folder).filter(isDatasetFile).sort();
    return files.map((file) => ({ file, content: readFileSync(join(folder, file), 'utf8') }));
  } catch {
    return [];
  }
}

function faultsOf(error: unknown): string[] {
  if (error instanceof z.ZodError) return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return [error instanceof Error ? error.message : String(error)];
}
