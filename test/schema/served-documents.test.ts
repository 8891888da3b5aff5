/** Registered documents in a deployment whose connector lacks read models. */
import { expect, test } from 'vitest';
import { readDatasets } from '../../schema/datasets.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import { DOCUMENTS, type RegisteredDocument, readRegistry } from '../../schema/registry.ts';
import { servedDocuments } from '../../schema/served-documents.ts';

const registered = readRegistry();
const datasets = readDatasets([DOCUMENTS]);
const none = { described: [], problems: [] };

test('all of them are served where nothing is missing', () => {
  expect(servedDocuments(registered, datasets, deployedSchema())).toEqual({
    documents: registered,
    datasets,
    leftOut: [],
  });
});

test('one that asks for a type that is left out is left out with it, and named', () => {
  const { documents, leftOut } = servedDocuments(registered, none, deployedSchema({ missingTypes: ['Invoice'] }));
  expect(leftOut).toContain('order-from-head-to-tail.graphql');
  expect(documents.map(({ name }) => name)).toEqual(
    registered.map(({ name }) => name).filter((name) => !leftOut.includes(name)),
  );
});

test('a dataset is left out with its document', () => {
  const schema = deployedSchema({ missingTypes: ['DelayedShipment'] });
  const { described } = servedDocuments(registered, datasets, schema).datasets;
  expect(datasets.described.map(({ name }) => name)).toContain('delayed-shipments');
  expect(described.map(({ name }) => name)).not.toContain('delayed-shipments');
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
  expect(servedDocuments(wrong, none, deployedSchema({ missingTypes: ['Invoice'] }))).toEqual({
    documents: wrong,
    datasets: none,
    leftOut: [],
  });
});
