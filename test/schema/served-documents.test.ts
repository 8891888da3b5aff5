/** Registered documents in a deployment whose connector lacks read models. */
import { expect, test } from 'vitest';
import { deployedSchema } from '../../schema/deployed.ts';
import { type RegisteredDocument, readRegistry } from '../../schema/registry.ts';
import { servedDocuments } from '../../schema/served-documents.ts';

const registered = readRegistry();

test('all of them are served where nothing is missing', () => {
  expect(servedDocuments(registered, deployedSchema())).toEqual({ documents: registered, leftOut: [] });
});

test('one that asks for a type that is left out is left out with it, and named', () => {
  const { documents, leftOut } = servedDocuments(registered, deployedSchema({ missingTypes: ['Invoice'] }));
  expect(leftOut).toEqual(['order-from-head-to-tail.graphql']);
  expect(documents.map(({ name }) => name)).toEqual(
    registered.map(({ name }) => name).filter((name) => !leftOut.includes(name)),
  );
});

test('one that fits no deployment stays, so that it stops the start', () => {
  const document = (name: string, text: string): RegisteredDocument => ({
    name,
    ids: [name],
    text,
    maxStalenessMs: null,
  });
  const wrong = [
    document('a slip of the pen', '{ invoice(id: 1) { nubmer } }'),
    document('half of one', '{ invoice(id: 1) {'),
  ];
  expect(servedDocuments(wrong, deployedSchema({ missingTypes: ['Invoice'] }))).toEqual({
    documents: wrong,
    leftOut: [],
  });
});
