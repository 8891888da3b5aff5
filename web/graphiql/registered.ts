/** The documents that this caller may ask by id, and the datasets made of them. */
import { parse, print } from 'graphql';
import * as z from 'zod/mini';
import { useServed } from './served.ts';

const Documents = z.object({
  documents: z.array(
    z.object({
      /** All of its ids, the one for people first. */
      ids: z.array(z.string()),
      text: z.string(),
    }),
  ),
});
export type Registered = z.infer<typeof Documents>['documents'][number];

const Datasets = z.object({
  datasets: z.array(
    z.object({
      name: z.string(),
      version: z.number(),
      documentId: z.string(),
      parameters: z.array(z.object({ name: z.string() })),
    }),
  ),
});
export type PublishedDataset = z.infer<typeof Datasets>['datasets'][number];

const NONE: readonly Registered[] = [];

export const useRegistered = (): readonly Registered[] => useServed('/graphql/documents', Documents)?.documents ?? NONE;

/** The dataset that has the document's rows; null when there is none. */
export const useDatasetOf = (documentId: string | null): PublishedDataset | null =>
  useServed('/data', Datasets)?.datasets.find((dataset) => dataset.documentId === documentId) ?? null;

/** The id under which this text is registered, whatever its spaces and comments. */
export const registeredId = (text: string, registered: readonly Registered[]): string | null =>
  registered.find((one) => plain(one.text) === plain(text))?.ids[0] ?? null;

const plain = (text: string): string => print(parse(text));
