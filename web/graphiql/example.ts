/**
 * A document of schema/examples: what its leading comment says of it, and where its ids come from.
 *
 *     # One late shipment line, with the shipment and the order behind it.
 *     # id from: delayedShipments
 *     query DelayedShipmentById($id: ID!) { … }
 *
 * Ids differ from one deployment to the next, so an example names a list whose first row has one.
 */
import { Kind, parse } from 'graphql';

export interface Example {
  readonly name: string;
  readonly text: string;
  /** The leading comment, in one line. */
  readonly title: string;
  /** A few of them show what the graph is good for; the others show one query field each. */
  readonly isShowcase: boolean;
  /** Query fields it asks. */
  readonly fields: readonly string[];
  /** Variable → list field that has a fitting id. */
  readonly idsFrom: Readonly<Record<string, string>>;
}

export function exampleOf(name: string, text: string): Example {
  const idsFrom: Record<string, string> = {};
  const title: string[] = [];
  for (const line of leadingComment(text)) {
    const [, variable, list] = /^(\w+) from: (\w+)$/.exec(line) ?? [];
    if (variable && list) idsFrom[variable] = list;
    else if (!line.startsWith('@')) title.push(line); // what the registry is told
  }
  return {
    name,
    text,
    title: title.join(' '),
    isShowcase: name.startsWith('showcase-'),
    fields: rootFields(text),
    idsFrom,
  };
}

function leadingComment(text: string): string[] {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines.slice(0, end).map((line) => line.replace(/^#\s*/, '').trim());
}

function rootFields(text: string): string[] {
  return parse(text).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? definition.selectionSet.selections.flatMap((field) => (field.kind === Kind.FIELD ? [field.name.value] : []))
      : [],
  );
}
