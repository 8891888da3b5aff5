/** What `GET /data` and `GET /data/<name>` say, read at the border. */
import * as z from 'zod/mini';

const Entry = z.object({
  name: z.string(),
  version: z.number(),
  title: z.string(),
  description: z.string(),
  owner: z.string(),
  deprecated: z.nullable(z.object({ reason: z.string(), removal: z.string() })),
});
export type Entry = z.infer<typeof Entry>;

export const Catalogue = z.object({ datasets: z.array(Entry) });

const Parameter = z.object({
  name: z.string(),
  type: z.string(),
  description: z.string(),
  isRequired: z.boolean(),
  example: z.nullable(z.string()),
});

const Column = z.object({
  name: z.string(),
  type: z.string(),
  isNullable: z.boolean(),
  description: z.string(),
});

export const Dataset = z.extend(Entry, {
  /** How old the rows may be when the address does not say. */
  maxStalenessMs: z.nullable(z.number()),
  parameters: z.array(Parameter),
  columns: z.array(Column),
  formats: z.array(z.object({ format: z.string(), mediaType: z.string(), address: z.string() })),
  /** The first rows; null where they could not be had. */
  sample: z.nullable(z.array(z.record(z.string(), z.unknown()))),
  recipes: z.array(z.object({ title: z.string(), text: z.string() })),
});
export type Dataset = z.infer<typeof Dataset>;
