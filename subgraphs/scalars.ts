/**
 * The scalars of `schema/scalars.graphql`.
 *
 * Read models hand over the texts the API promises, so there is nothing to convert. What PostgreSQL
 * can hold and the API cannot say (NaN, infinity) is an error at its field. Input is judged where the
 * statement is written, which knows the column (`replica/read/scalar.ts`).
 */
import { GraphQLScalarType } from 'graphql';

const asPrinted = (name: string, isSaid: (text: string) => boolean): GraphQLScalarType =>
  new GraphQLScalarType({
    name,
    serialize(value) {
      if (typeof value === 'string' && isSaid(value)) return value;
      throw new TypeError(`${name} cannot represent ${String(value)}`);
    },
  });

const beginsWithDigit = (text: string): boolean => /^-?\d/.test(text);

export const scalars = {
  Decimal: asPrinted('Decimal', beginsWithDigit),
  BigInt: asPrinted('BigInt', beginsWithDigit),
  Date: asPrinted('Date', beginsWithDigit),
  DateTime: asPrinted('DateTime', beginsWithDigit),
};
