/** What an answer rests on, as one process tells it to another: read at the border, as it may be of another version. */
import { z } from 'zod';
import { definitionOf, type Grounds } from '../replica/grounds.ts';

const Columns = z.array(z.string()).nullable();
const Bound = z.array(z.string().nullable()).nullable();
const column = {
  column: z.string(),
  kind: z.enum([
    'int2',
    'int4',
    'int8',
    'numeric',
    'float',
    'text',
    'bpchar',
    'boolean',
    'date',
    'timestamp',
    'timestamptz',
    'uuid',
  ]),
  isBytes: z.boolean(),
};
export const ToldGrounds = z.object({
  tags: z.array(z.tuple([z.string(), Columns])),
  lists: z.array(
    z.object({
      hash: z.string(),
      where: z.array(
        z.object({
          ...column,
          test: z.enum(['=', '<', '<=', '>', '>=', 'isNull', 'startsWith', 'contains']),
          values: z.array(z.string()),
        }),
      ),
      isCount: z.boolean(),
      uses: Columns,
      unknown: Columns,
      sorting: z.array(z.object(column)),
      key: z.array(z.string()),
      descending: z.boolean(),
      from: Bound,
      to: Bound,
    }),
  ),
});

/** By it a gateway asks a subgraph for them; they are in the answer's extensions. */
export const GROUNDS_HEADER = 'skiff-grounds';
export const GROUNDS_EXTENSION = 'grounds';

/** Whether they name rows and lists of no definitions but these. */
export function isWithin({ tags, lists }: Grounds, hashes: readonly string[]): boolean {
  const isKnown = (hash: string | null) => hash === null || hashes.includes(hash);
  return lists.every(({ hash }) => isKnown(hash)) && tags.every(([tag]) => isKnown(definitionOf(tag)));
}
