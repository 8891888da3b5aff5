import {
  buildSchema,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { expect, test } from 'vitest';
import { deployedSchema } from '../../schema/deployed.ts';
import { rootFields } from '../../schema/names.ts';

const whole = deployedSchema();

test('every flat type can be looked up by id and listed, and both may be null', () => {
  const queries = buildSchema(whole.api).getQueryType()?.getFields() ?? {};
  for (const type of whole.flat.types) {
    const { one, many } = rootFields(type.name);
    expect(String(queries[one]?.type)).toBe(type.name);
    expect(String(queries[many]?.type)).toBe(`${type.name}Connection`);
    expect(queries[many]?.args.map((argument) => argument.name)).toEqual(
      expect.arrayContaining(['first', 'after', 'last', 'before']),
    );
  }
  const programmed = ['command', 'commands', 'plan', 'plans'];
  expect(Object.keys(queries)).toHaveLength(2 * whole.flat.types.length + programmed.length);
});

test('a field is offered for filtering, sorting and searching as its declaration says', () => {
  const api = buildSchema(whole.api);
  const inputFields = (name: string) => {
    const type = api.getType(name);
    return isInputObjectType(type) ? Object.keys(type.getFields()) : [];
  };
  const orderFields = (name: string) => {
    const type = api.getType(name);
    return isEnumType(type) ? type.getValues().map((value) => value.name) : [];
  };
  expect(inputFields('DelayedShipmentFilter')).toEqual([
    'shipmentNumber',
    'status',
    'plannedDate',
    'customerName',
    'plantCode',
    'customerId',
  ]);
  expect(inputFields('StringFilter')).toEqual(['eq', 'in', 'lt', 'lte', 'gt', 'gte', 'startsWith', 'isNull']);
  expect(inputFields('TextSearch')).toEqual(['contains']);
  expect(inputFields('IDFilter')).toEqual(['eq', 'in', 'isNull']);
  expect(inputFields('ShipmentStatusFilter')).toEqual(['eq', 'in', 'isNull']);
  expect(inputFields('DateFilter')).toEqual(['eq', 'in', 'lt', 'lte', 'gt', 'gte', 'isNull']);
  expect(orderFields('DelayedShipmentOrderField')).toEqual(['SHIPMENT_NUMBER', 'PLANNED_DATE']);
});

test('everything a client sees has a description', () => {
  const undescribed: string[] = [];
  const look = (place: string, described: { readonly description?: string | null | undefined }) => {
    if (!described.description) undescribed.push(place);
  };
  const lookInto = (type: GraphQLNamedType) => {
    if (isObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        look(`${type.name}.${field.name}`, field);
        for (const argument of field.args) look(`${type.name}.${field.name}(${argument.name})`, argument);
      }
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field);
    } else if (isEnumType(type)) {
      for (const value of type.getValues()) look(`${type.name}.${value.name}`, value);
    }
  };
  for (const type of Object.values(buildSchema(whole.api).getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    if (type.name !== 'Query') look(type.name, type);
    lookInto(type);
  }
  expect(undescribed).toEqual([]);
});

test('none of our own directives reaches a subgraph or a client', () => {
  for (const sdl of [whole.api, whole.supergraph, ...whole.subgraphs.map((subgraph) => subgraph.sdl)]) {
    expect(sdl).not.toMatch(/@(flat|filter|sort|search|plant|computed|refs?)\b/);
  }
});

test('an entity is described by the subgraph that owns it, whichever adds to it', () => {
  const order = buildSchema(whole.api).getType('SalesOrder');
  expect(order?.description).toContain('What a customer has ordered');
});

test('every list has a price', () => {
  for (const { sdl } of whole.subgraphs) {
    const lists = sdl.match(/^ {2}\w+: \[\w+\].*$/gm) ?? [];
    const inConnections = /(edges|nodes): /;
    expect(lists.filter((line) => !inConnections.test(line) && !line.includes('@listSize'))).toEqual([]);
    expect(sdl.match(/Connection @listSize\(/g)).toHaveLength(sdl.match(/^type \w+Connection /gm)?.length ?? 0);
  }
});

test('a type whose read model is missing is left out with every field that leads to it, and both are named', () => {
  const reduced = deployedSchema({ missingTypes: ['Invoice', 'PeriodCost', 'WorkCenter'] });

  expect([...reduced.leftOut].sort()).toEqual([
    'Invoice',
    'InvoiceLine.invoice',
    'PeriodCost',
    'PurchaseOrder.invoices',
    'SalesOrder.invoices',
    'WorkCenter',
    'WorkOrder.workCenter',
  ]);
  const api = buildSchema(reduced.api);
  for (const gone of ['Invoice', 'InvoiceConnection', 'InvoiceFilter', 'PeriodCost', 'WorkCenterCostBasis']) {
    expect(api.getType(gone)).toBeUndefined();
  }
  expect(api.getType('InvoiceLine')).toBeDefined();
  expect(reduced.flat.references.filter((reference) => reference.to === 'Invoice')).toEqual([]);
});

test('a subgraph of which nothing is left does not exist', () => {
  const missingTypes = whole.flat.types.filter((type) => type.subgraph === 'production').map((type) => type.name);
  const reduced = deployedSchema({ missingTypes });
  expect(reduced.subgraphs.map((subgraph) => subgraph.name)).toEqual([
    'commands',
    'inventory',
    'invoicing',
    'purchasing',
    'shipping',
  ]);
  expect(reduced.leftOut).toContain('SalesOrder.productionOrders');
});

test('a deployment whose ERP takes no commands has none', () => {
  const reduced = deployedSchema({ missingSubgraphs: ['commands'] });
  expect(reduced.leftOut).toEqual(['commands']);
  const api = buildSchema(reduced.api);
  expect(api.getMutationType()).toBeUndefined();
  expect(api.getType('Command')).toBeUndefined();
  expect(reduced.flat).toEqual(whole.flat);
});

test.each(whole.flat.types.map((type) => type.name))('the schema composes without %s', (name) => {
  const reduced = deployedSchema({ missingTypes: [name] });
  expect(reduced.api).not.toMatch(new RegExp(`\\b${name}\\b[^a-z. ]`));
  expect(reduced.flat.types).toHaveLength(whole.flat.types.length - 1);
});
