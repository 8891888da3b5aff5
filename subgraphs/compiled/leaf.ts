/** Values of scalars and enums as the answer says them, from the text PostgreSQL printed. Throws for what cannot be said. */
import { GraphQLFloat, GraphQLInt } from 'graphql';
import type { FlatField } from '../../replica/flat-type.ts';
import { scalars } from '../scalars.ts';

export type Leaf = (text: string) => unknown;

export function leafOf({ name, type, values }: FlatField): Leaf {
  if (values) {
    const known = new Set(values);
    return (text) => {
      if (known.has(text)) return text;
      throw new TypeError(`${name} cannot be "${text}"`);
    };
  }
  switch (type) {
    case 'Int':
      return (text) => GraphQLInt.serialize(Number(text));
    case 'Float':
      return (text) => GraphQLFloat.serialize(Number(text));
    case 'Boolean':
      return (text) => text === 'true';
    case 'Decimal':
    case 'BigInt':
    case 'Date':
    case 'DateTime': {
      const scalar = scalars[type];
      return (text) => scalar.serialize(text);
    }
    default:
      return (text) => text;
  }
}
