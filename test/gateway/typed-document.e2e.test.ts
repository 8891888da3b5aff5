/** What codegen says of a document is what the gateway answers. */
import { expect, expectTypeOf, test } from 'vitest';
import { ask } from '../ask.ts';
import { graphql } from '../generated/gql.ts';
import { testGateway } from './test-gateway.ts';

const board = graphql(/* GraphQL */ `
  query Board($first: Int!) {
    delayedShipments(first: $first) {
      nodes { id quantity plannedDate daysLate customerName }
      pageInfo { hasNextPage }
    }
  }
`);

test('exact numbers and days arrive as strings, as the types of a document say', async () => {
  await using gateway = await testGateway();
  const { data, errors } = await ask(gateway.url, board, { first: 2 });
  expect(errors).toBeUndefined();
  expect(data.delayedShipments?.nodes).toHaveLength(2);
  const [line] = data.delayedShipments?.nodes ?? [];
  expectTypeOf(line?.quantity).toEqualTypeOf<string | undefined>();
  expect(line?.quantity).toMatch(/^-?\d+([.]\d+)?$/);
  expect(line?.plannedDate).toMatch(/^\d{4}-\d\d-\d\d$/);
  expectTypeOf(data.delayedShipments?.pageInfo.hasNextPage).toEqualTypeOf<boolean | undefined>();
});
