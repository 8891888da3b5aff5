import { expect, test } from 'vitest';
import { exampleOf } from '../../web/graphiql/example.ts';

test('an example says what it shows, what it asks and where its ids come from', () => {
  const text = [
    '# A sales order from head to tail: lines and shipments,',
    '# and what was billed.',
    '# id from: salesOrders',
    'query OrderFromHeadToTail($id: ID!) {',
    '  # not part of the title',
    '  order: salesOrder(id: $id) { number }',
    '  shipments { totalCount }',
    '}',
  ].join('\n');

  expect(exampleOf('showcase-order', text)).toEqual({
    name: 'showcase-order',
    text,
    title: 'A sales order from head to tail: lines and shipments, and what was billed.',
    isShowcase: true,
    fields: ['salesOrder', 'shipments'],
    idsFrom: { id: 'salesOrders' },
  });
});
