import { expect, onTestFinished, test } from 'vitest';
import type { ConnectorSettings } from '../../../erp/connector.ts';
import { checkReadModels } from '../../../replica/check-read-models.ts';
import { testPostgres } from '../../postgres.ts';
import { dateOf, type TrytonApi, trytonApi, valueAt } from './api.ts';
import { type ConnectedReplica, connectReplica } from './connected.ts';
import { startTryton, type TrytonServer } from './server.ts';

async function connectedTryton(settings: ConnectorSettings = {}): Promise<{
  readonly server: TrytonServer;
  readonly api: TrytonApi;
  readonly replica: ConnectedReplica;
}> {
  const server = await startTryton();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const database = await testPostgres();
  onTestFinished(() => database[Symbol.asyncDispose]());
  const replica = await connectReplica(server.captureUrl, database.url, settings);
  onTestFinished(() => replica[Symbol.asyncDispose]());
  return { server, api: await trytonApi(server.apiUrl), replica };
}

test('what is done through Tryton’s API is in the flat rows: planned, renamed, cancelled, made and deleted', async () => {
  const { api, replica } = await connectedTryton();
  const [late] = await replica.rows('delayed_shipment', `status_code = 'waiting' order by id limit 1`);
  if (!late) throw new Error('No shipment waits in the dump');
  const ofShipment = (model: string) => replica.rows(model, `shipment_id = ${late.shipment_id} order by id`);

  await api.write('stock.shipment.out', Number(late.shipment_id), { planned_date: dateOf('2031-03-01') });
  await replica.caughtUp();
  expect(new Set((await ofShipment('delayed_shipment')).map((row) => row.planned_date))).toEqual(
    new Set(['2031-03-01']),
  );

  await api.write('party.party', Number(late.customer_id), { name: 'Renamed Ltd' });
  const [product] = await api.searchRead('product.product', [['id', '=', Number(late.product_id)]], ['template']);
  await api.write('product.template', Number(product?.template), { name: 'Renamed part' });
  await replica.caughtUp();
  const [renamed] = await replica.rows('delayed_shipment', `id = ${late.id}`);
  expect(renamed).toMatchObject({ customer_name: 'Renamed Ltd', product_name: 'Renamed part' });
  for (const model of ['stock_level', 'stock_movement', 'sales_order_line']) {
    const named = await replica.rows(model, `product_id = ${late.product_id}`);
    expect(new Set(named.map((row) => row.product_name))).toEqual(new Set(['Renamed part']));
  }

  await api.call('model.stock.shipment.out.cancel', [Number(late.shipment_id)]);
  await replica.caughtUp();
  expect(await ofShipment('delayed_shipment')).toEqual([]);
  expect(await replica.rows('shipment', `id = ${late.shipment_id}`)).toMatchObject([{ status: 'CANCELLED' }]);

  const reference = 'made by a test';
  const [template] = await api.searchRead(
    'production',
    [['state', '=', 'draft']],
    [...['product', 'bom', 'routing', 'uom', 'warehouse', 'location', 'company', 'work_center']],
  );
  const { id: _, ...values } = template ?? {};
  const made = await api.create('production', {
    ...values,
    reference,
    quantity: 7,
    planned_date: dateOf('2031-05-01'),
    planned_start_date: dateOf('2031-04-30'),
    state: 'request',
  });
  await replica.caughtUp();
  const [number] = await api.searchRead('production', [['id', '=', made]], ['number']);
  expect(await replica.rows('production_order', `id = ${made}`)).toMatchObject([
    {
      number: number ? valueAt(number, 'number') : null,
      reference,
      status: 'PROPOSED',
      quantity: '7',
      planned_end_date: '2031-05-01',
    },
  ]);
  await api.call('model.production.cancel', [made]);
  await api.call('model.production.delete', [made]);
  await replica.caughtUp();
  expect(await replica.rows('production_order', `id = ${made}`)).toEqual([]);
});

test('texts are in the language of the deployment, and in Tryton’s own where there is no translation', async () => {
  const { server, api, replica } = await connectedTryton({ language: 'de' });
  const [german] = await api.searchRead('ir.lang', [['code', '=', 'de']], []);
  await api.write('ir.lang', Number(german?.id), { translatable: true });
  const inGerman = await trytonApi(server.apiUrl, 'de');
  const [product] = await api.searchRead('product.product', [], ['template', 'name'], { limit: 1 });
  const [place] = await api.searchRead('stock.location', [['type', '=', 'warehouse']], ['name'], { limit: 1 });
  const names = async () => ({
    product: (await replica.rows('product', `id = ${product?.id}`))[0]?.name,
    inStock: new Set((await replica.rows('stock_level', `product_id = ${product?.id}`)).map((row) => row.product_name)),
    plants: new Set((await replica.rows('shipment', `plant_code = 'WH'`)).map((row) => row.plant_name)),
  });
  const english = { product: product?.name, inStock: new Set([product?.name]), plants: new Set([place?.name]) };
  await replica.caughtUp();
  expect(await names()).toEqual(english);

  await inGerman.write('product.template', Number(product?.template), { name: 'Schraube' });
  await inGerman.write('stock.location', Number(place?.id), { name: 'Lager Nord' });
  await replica.caughtUp();
  expect(await names()).toEqual({
    product: 'Schraube',
    inStock: new Set(['Schraube']),
    plants: new Set(['Lager Nord']),
  });

  // A text that changed after it was translated: Tryton shows the new one until somebody has looked at it.
  await api.write('product.template', Number(product?.template), { name: 'Bolt' });
  await replica.caughtUp();
  expect((await names()).product).toBe('Bolt');
});

test('every @from line of Tryton’s read models names all keys that a change of its table touches', async () => {
  const { replica } = await connectedTryton();
  expect(await checkReadModels(replica.db, () => undefined)).toEqual([]);
});
