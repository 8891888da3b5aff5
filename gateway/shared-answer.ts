/**
 * A kept answer as gateways hand it to each other: what it rests on, the position it is true at, and its bytes.
 *
 *     length of the head, four bytes │ head, JSON │ data
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { FeedPosition, Grounds } from '../subgraphs/followed-cache.ts';
import { ToldGrounds } from '../subgraphs/told-grounds.ts';
import type { CacheableDocument } from './cacheable-document.ts';

export interface SharedAnswer {
  readonly document: CacheableDocument;
  /** Definitions it was read by, of the document's types. */
  readonly hashes: readonly string[];
  readonly grounds: Grounds;
  /** All that was committed by then is in it. */
  readonly since: FeedPosition;
  readonly data: Buffer;
}

/** To be raised when what stands under a key is another thing. */
const FORM = 'skiff:answer:1:';
const LENGTH_BYTES = 4;

export const sharedKey = (epoch: string, key: string): string =>
  `${FORM}${createHash('sha256').update(`${epoch}\n${key}`).digest('base64url')}`;

const Head = z.object({
  document: z.object({
    operation: z.string(),
    types: z.array(z.string()),
    subgraphs: z.array(z.string()),
    ids: z.array(z.tuple([z.string(), z.array(z.string())])).transform((ids) => new Map(ids)),
    maxStalenessMs: z.number().nullable(),
    dependsOnDay: z.boolean(),
    remoteModels: z.array(z.string()).nullable(),
  }),
  hashes: z.array(z.string()),
  since: z.object({ era: z.string(), epoch: z.string(), batch: z.number() }),
  grounds: ToldGrounds,
});

export function writeShared({ data, document, ...rest }: SharedAnswer): Buffer {
  const head = Buffer.from(JSON.stringify({ ...rest, document: { ...document, ids: [...document.ids] } }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, data]);
}

/** Null where it is nothing that this version has written. */
export function readShared(bytes: Buffer): SharedAnswer | null {
  if (bytes.length < LENGTH_BYTES) return null;
  const end = LENGTH_BYTES + bytes.readUInt32BE();
  if (bytes.length <= end) return null;
  try {
    const head = Head.parse(JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end)));
    // A copy: the bytes lie in what came from the socket.
    return { ...head, data: Buffer.from(bytes.subarray(end)) };
  } catch {
    return null;
  }
}
