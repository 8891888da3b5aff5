import { expect, test } from 'vitest';
import { readAuthoredSchema, SchemaError } from '../../schema/authored.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import { flatSchemaOf } from '../../schema/flat-schema.ts';
import { schemaFolder } from './folder.ts';

const SHIPPING = `
"A customer."
type Customer @key(fields: "id") @flat @plant(none: "Master data.") {
  "Key."
  id: ID!
  "Name."
  name: String! @sort @search
}

"A shipment."
type Shipment @key(fields: "id") @flat(where: "planned_date < $today") {
  "Key."
  id: ID!
  "Plant."
  plantCode: String! @filter @plant
  "Planned."
  plannedDate: Date! @sort
  "Late by so many days."
  daysLate: Int! @computed(sql: "$today - planned_date")
  "Status."
  status: Status! @filter
  "Customer's key."
  customerId: ID! @filter
  "Customer."
  customer: Customer @ref(by: "customerId")
}

"Status."
enum Status {
  "Open."
  OPEN
}
`;

const BILLING = `
"A bill."
type Bill @key(fields: "id") @flat @plant(none: "The company's.") {
  "Key."
  id: ID!
  "Shipment's key."
  shipmentId: ID @filter
}

"The shipment, which shipping knows."
type Shipment @key(fields: "id") {
  "Key."
  id: ID!
  "Bills."
  bills: [Bill] @refs(by: "shipmentId")
}
`;

function problemsOf(subgraphs: Readonly<Record<string, string>>): readonly string[] {
  using folder = schemaFolder(subgraphs);
  try {
    deployedSchema({ authored: readAuthoredSchema(folder.url) });
    return [];
  } catch (error) {
    if (error instanceof SchemaError) return error.problems;
    throw error;
  }
}

test('a flat type is read with its columns, its plant, its condition and its references', () => {
  using folder = schemaFolder({ shipping: SHIPPING, billing: BILLING });
  const flat = flatSchemaOf(readAuthoredSchema(folder.url));

  expect(flat.types.map((type) => [type.name, type.model, type.subgraph])).toEqual([
    ['Bill', 'bill', 'billing'],
    ['Customer', 'customer', 'shipping'],
    ['Shipment', 'shipment', 'shipping'],
  ]);
  expect(flat.types[2]).toEqual({
    name: 'Shipment',
    model: 'shipment',
    subgraph: 'shipping',
    where: 'planned_date < $today',
    plant: { field: 'plantCode' },
    fields: [
      { name: 'id', column: 'id', type: 'ID', nullable: false },
      { name: 'plantCode', column: 'plant_code', type: 'String', nullable: false, filter: true },
      { name: 'plannedDate', column: 'planned_date', type: 'Date', nullable: false, sort: true },
      { name: 'daysLate', column: 'days_late', type: 'Int', nullable: false, computed: '$today - planned_date' },
      { name: 'status', column: 'status', type: 'Status', values: ['OPEN'], nullable: false, filter: true },
      { name: 'customerId', column: 'customer_id', type: 'ID', nullable: false, filter: true },
    ],
  });
  expect(flat.references).toEqual([
    { subgraph: 'billing', from: 'Shipment', name: 'bills', to: 'Bill', cardinality: 'many', by: 'shipmentId' },
    { subgraph: 'shipping', from: 'Shipment', name: 'customer', to: 'Customer', cardinality: 'one', by: 'customerId' },
  ]);
});

test.each([
  [
    'a misspelt directive',
    '@sort @search',
    '@sort @serach',
    'schema/shipping.graphql:7, Customer.name: Unknown directive "@serach".',
  ],
  [
    'a directive in the wrong place',
    '"Open."\n  OPEN',
    '"Open."\n  OPEN @filter',
    'Status: Directive "@filter" may not be used on ENUM_VALUE',
  ],
  [
    'a missing argument of a directive',
    '@computed(sql: "$today - planned_date")',
    '@computed',
    'Shipment.daysLate: Directive "@computed" argument "sql" of type "String!" is required',
  ],
  [
    'broken syntax',
    'name: String! @sort',
    'name String! @sort',
    'schema/shipping.graphql:7: Syntax Error: Expected ":", found Name "String".',
  ],
  ['a type that does not exist', 'status: Status!', 'status: State!', 'Shipment.status: Unknown type "State"'],
  [
    'a reference by an unknown field',
    'by: "customerId"',
    'by: "custId"',
    'Shipment.customer: @ref(by: "custId"): Shipment has no field custId',
  ],
  [
    'a reference by a field that is no id',
    'by: "customerId"',
    'by: "plantCode"',
    'Shipment.customer: @ref(by: "plantCode"): plantCode is no ID',
  ],
  [
    'a reference that may not be null',
    'customer: Customer @',
    'customer: Customer! @',
    'Shipment.customer: a reference to one is nullable: `customer: Customer`',
  ],
  [
    'a reference without a directive',
    ' @ref(by: "customerId")',
    '',
    'Shipment.customer: leads to Customer: it needs @ref(by:)',
  ],
  ['a missing description of a field', '"Planned."\n', '', 'Shipment.plannedDate: has no description'],
  ['a missing description of a type', '"A shipment."\n', '', 'Shipment: has no description'],
  ['a missing description of an enum value', '"Open."\n', '', 'Status.OPEN: has no description'],
  [
    'a missing plant',
    '@filter @plant',
    '@filter',
    'Shipment: needs @plant on the field that says whose it is, or @plant(none: "why")',
  ],
  [
    'a plant where there is none',
    'name: String! @sort',
    'name: String! @plant @sort',
    'Customer: has more than one @plant',
  ],
  [
    'a missing key',
    '"A customer."\ntype Customer @key(fields: "id")',
    '"A customer."\ntype Customer',
    'Customer: needs @key(fields: "id")',
  ],
  [
    'a name that does not map to a column',
    'plannedDate: Date!',
    'planned_date: Date!',
    'Shipment.planned_date: cannot be mapped to a column and back',
  ],
  [
    'a name whose capitals would be lost',
    'plannedDate: Date!',
    'plannedDATE: Date!',
    'Shipment.plannedDATE: cannot be mapped to a column and back',
  ],
  [
    'a list of scalars',
    'name: String! @sort @search',
    'name: [String]',
    'Customer.name: a list needs @refs(by:); a column holds a single value',
  ],
  [
    'a computed field that is sorted by',
    '@computed(',
    '@sort @computed(',
    'Shipment.daysLate: @computed goes without @sort',
  ],
  [
    'a clock in a condition',
    'planned_date < $today',
    'planned_date < current_date',
    'Shipment: "current_date" in SQL: the only clock and the only parameter is $today',
  ],
  ['a strange parameter', '$today - planned_date', '$1 - planned_date', 'Shipment.daysLate: "$1" in SQL'],
  [
    'a search in something that is no text',
    'plannedDate: Date! @sort',
    'plannedDate: Date! @search',
    'Shipment.plannedDate: @search is for a String',
  ],
])('%s is a fault that names file, type and field', (_what, right, wrong, message) => {
  expect(SHIPPING).toContain(right);
  expect(problemsOf({ shipping: SHIPPING.replace(right, wrong), billing: BILLING }).join('\n')).toContain(message);
});

test.each([
  [
    'a list by an unknown field',
    '@refs(by: "shipmentId")',
    '@refs(by: "shipment")',
    'Shipment.bills: @refs(by: "shipment"): Bill has no field shipment',
  ],
  [
    'a list by a field that has no index',
    'shipmentId: ID @filter',
    'shipmentId: ID',
    'Shipment.bills: @refs(by: "shipmentId"): Bill.shipmentId needs @filter, which makes its index',
  ],
  [
    'a list of another subgraph that may not be null',
    'bills: [Bill] ',
    'bills: [Bill]! ',
    'Shipment.bills: must be `bills: [Bill]`',
  ],
  [
    'a stub that adds a column',
    'bills: [Bill] @refs(by: "shipmentId")',
    'bills: String',
    'Shipment.bills: a stub adds references alone',
  ],
  [
    'a stub that adds fields and says it does not',
    'Shipment @key(fields: "id")',
    'Shipment @key(fields: "id", resolvable: false)',
    'Shipment: adds fields: leave `resolvable: false` away',
  ],
  [
    'a stub that adds nothing and does not say so',
    '"Bills."\n  bills: [Bill] @refs(by: "shipmentId")',
    '',
    'Shipment: adds no field: say @key(fields: "id", resolvable: false)',
  ],
  [
    'a stub of a type that nobody declares',
    'type Shipment',
    'type Parcel',
    'Parcel: has no @flat, and no other subgraph declares the type',
  ],
  [
    'a type that two subgraphs declare',
    'type Shipment @key(fields: "id")',
    'type Shipment @key(fields: "id") @flat @plant(none: "x")',
    'Shipment: is declared in billing too; here it can only be a stub',
  ],
])('%s is a fault that names file, type and field', (_what, right, wrong, message) => {
  expect(BILLING).toContain(right);
  expect(problemsOf({ shipping: SHIPPING, billing: BILLING.replace(right, wrong) }).join('\n')).toContain(message);
});

test('all faults are named at once', () => {
  const twice = SHIPPING.replace('"Planned."\n', '').replace('by: "customerId"', 'by: "custId"');
  expect(problemsOf({ shipping: twice })).toHaveLength(2);
});
