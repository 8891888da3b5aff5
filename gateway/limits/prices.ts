/** The sizes of lists, read from the supergraph's `@listSize`. */
import { type ConstDirectiveNode, type DocumentNode, Kind, valueFromASTUntyped } from 'graphql';
import { z } from 'zod';

const Price = z.object({
  assumedSize: z.number().default(1),
  /** Arguments that say how many rows are asked for. */
  slicingArguments: z.array(z.string()).default([]),
  /** Fields of a connection that the size is of; without them it is of the field itself. */
  sizedFields: z.array(z.string()).default([]),
});
export type Price = z.infer<typeof Price>;

/** By `Type.field`. */
export type Prices = ReadonlyMap<string, Price>;

export function pricesOf(supergraph: DocumentNode): Prices {
  const prices = new Map<string, Price>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) {
      const directive = field.directives?.find(({ name }) => /(^|__)listSize$/.test(name.value));
      if (directive) prices.set(`${definition.name.value}.${field.name.value}`, Price.parse(argumentsOf(directive)));
    }
  }
  return prices;
}

const argumentsOf = (directive: ConstDirectiveNode): Record<string, unknown> =>
  Object.fromEntries((directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
