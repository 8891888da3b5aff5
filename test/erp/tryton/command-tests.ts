/** What Tryton makes of commands, asked through its API alone: the tests of a file that has a Tryton running. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Acknowledged,
  type CommandChannel,
  CommandNeedsPerson,
  CommandNotDone,
  CommandRefused,
  type OutgoingCommand,
} from '../../../erp/command.ts';
import { missingIndexes } from '../../../erp/postgres/setup-check.ts';
import { ErpCallFailed } from '../../../erp/transport.ts';
import { Calls } from '../../../erp/tryton/commands/calls.ts';
import { onceSql } from '../../../erp/tryton/commands/indexes.ts';
import { making } from '../../../erp/tryton/commands/making.ts';
import { connector as tryton } from '../../../erp/tryton/connector.ts';
import { JsonRpc } from '../../../erp/tryton/json-rpc.ts';
import { dateOf, type Row, type TrytonApi, trytonApi } from './api.ts';
import { type Line, openLine } from './line.ts';
import type { TrytonServer } from './server.ts';

const PRODUCT = '41'; // F0001: a bill of material, a routing
const COMPONENT = '23';
const days = { plannedStartDate: '2027-01-11', plannedEndDate: '2027-01-12' };
const login = { user: 'skiff', password: 'skiff-erp-1', database: 'erp' };
const price = (decimal: string) => ({ __class__: 'Decimal', decimal });
const patience = () => AbortSignal.timeout(60_000);

const command = (type: string, content: Readonly<Record<string, string>>): OutgoingCommand => ({
  type,
  content,
  reference: `skiff:${randomUUID()}`,
  traceId: 'trace',
});
const order = (differences: Readonly<Record<string, string>> = {}) =>
  command('CREATE_PRODUCTION_ORDER', { productId: PRODUCT, plantCode: 'WH', quantity: '3', ...days, ...differences });

export function commandTests(lent: () => TrytonServer): void {
  const opened = new AsyncDisposableStack();
  let server: TrytonServer;
  let api: TrytonApi;
  let line: Line;
  let channel: CommandChannel;

  beforeAll(async () => {
    server = lent();
    api = await trytonApi(server.apiUrl);
    line = opened.use(await openLine(server.apiUrl));
    channel = channelAs(login);
  });
  afterAll(() => opened.disposeAsync());

  const channelAs = (who: typeof login): CommandChannel => {
    const found = tryton({}).commands?.({ url: line.url, ...who });
    if (!found) throw new Error('Tryton takes no commands');
    return found;
  };
  const send = (asked: OutgoingCommand, beforeWrite = () => {}): Promise<Acknowledged> =>
    channel.send(asked, beforeWrite, patience(), () => {});
  const lookUp = (asked: OutgoingCommand) => channel.lookUp(asked, patience());
  const under = (
    model: string,
    { reference }: OutgoingCommand,
    fields: readonly string[] = ['state'],
  ): Promise<Row[]> => api.searchRead(model, [['reference', '=', reference]], fields);
  const asSuperuser = async (sql: string) => {
    await using db = await connected(server.superuserUrl);
    await db.client.query(sql);
  };

  test('what stands in Tryton under references of ours is listed, the newest first', async () => {
    const [first, second] = [order(), order({ quantity: '4' })];
    const made = [await send(first), await send(second)];
    const listed = await channel.references?.('CREATE_PRODUCTION_ORDER', 2, patience());
    expect(listed?.map(({ reference, documentId }) => [reference, documentId])).toEqual([
      [second.reference, made[1]?.documentId],
      [first.reference, made[0]?.documentId],
    ]);
    const [newest, before] = listed?.map(({ at }) => at.getTime()) ?? [];
    expect(newest).toBeGreaterThan(before ?? Number.NaN);
    expect(Math.abs(Date.now() - (newest ?? 0))).toBeLessThan(600_000);
    // A command that changes a document leaves no reference of its own.
    expect(await channel.references?.('CANCEL_PRODUCTION_ORDER', 2, patience())).toEqual([]);
  });

  test('a production order is made of what its bill of material asks for, waiting, with its works planned', async () => {
    const asked = order();
    const calls: string[] = ['any'];
    const done = await channel.send(
      asked,
      () => calls.push('write'),
      patience(),
      () => calls.push('any'),
    );
    // What the API is asked all counts: the reference, four of master data, the explosion, two steps and the state.
    expect(calls.toSorted()).toEqual([...Array(9).fill('any'), ...Array(2).fill('write')]);

    const fields = ['state', 'planned_date', 'planned_start_date', 'outputs.quantity', 'works', 'warehouse.code'];
    const [made, ...others] = await under('production', asked, fields);
    expect(others).toEqual([]);
    expect(made).toMatchObject({
      id: Number(done.documentId),
      state: 'waiting',
      planned_start_date: dateOf(days.plannedStartDate),
      planned_date: dateOf(days.plannedEndDate),
      'warehouse.': { code: 'WH' },
      'outputs.': [{ quantity: 3 }],
    });
    expect(made?.works).not.toEqual([]);
    const parts = async (model: string, domain: readonly unknown[], factor: number) =>
      (await api.searchRead(model, domain, ['product', 'quantity']))
        .map(({ product, quantity }) => `${Number(quantity) * factor} of ${product}`)
        .toSorted();
    const [bom] = await api.searchRead('product.product-production.bom', [['product', '=', Number(PRODUCT)]], ['bom']);
    const inputs = await parts('production.bom.input', [['bom', '=', bom?.bom]], 3);
    expect(inputs).not.toEqual([]);
    expect(await parts('stock.move', [['production_input', '=', made?.id]], 1)).toEqual(inputs);
  });

  test('a purchase order has its supplier’s price and terms, and is confirmed', async () => {
    const content = { supplierId: '45', plantCode: 'WH2', productId: '3', quantity: '7', plannedDate: '2027-01-11' };
    const asked = command('CREATE_PURCHASE_ORDER', content);
    const done = await send(asked);

    const fields = ['state', 'party', 'delivery_date', 'lines.unit_price', 'lines.taxes', 'lines.quantity', 'moves'];
    expect(await under('purchase.purchase', asked, fields)).toMatchObject([
      {
        id: Number(done.documentId),
        state: 'processing',
        party: 45,
        delivery_date: dateOf('2027-01-11'),
        'lines.': [{ unit_price: price('19.7600'), quantity: 7, taxes: [1] }],
        moves: [expect.any(Number)],
      },
    ]);
  });

  test('a stock transfer is a shipment that waits for its goods, known by its movement', async () => {
    const content = { productId: COMPONENT, fromLocationId: '3', toLocationId: '12', quantity: '2' };
    const asked = command('CREATE_STOCK_TRANSFER', { ...content, plannedDate: '2027-01-11' });
    const done = await send(asked);

    const move = { product: 23, quantity: 2, from_location: 3, to_location: 12, planned_date: dateOf('2027-01-11') };
    const moves = Object.keys(move).map((name) => `moves.${name}`);
    expect(await under('stock.shipment.internal', asked, ['state', ...moves])).toMatchObject([
      { state: 'waiting', 'moves.': [{ id: Number(done.documentId), ...move }] },
    ]);
    expect(await lookUp(asked)).toEqual(done);
  });

  test('a shipment takes what no shipment of the sale has yet, and then nothing is left to ship', async () => {
    const sale = await manualSale(5);
    const ship = () => command('CREATE_SHIPMENT', { salesOrderId: String(sale), plannedDate: '2027-01-11' });
    const asked = ship();
    const done = await send(asked);

    const fields = ['state', 'planned_date', 'outgoing_moves.quantity', 'outgoing_moves.origin', 'inventory_moves'];
    expect(await under('stock.shipment.out', asked, fields)).toMatchObject([
      {
        id: Number(done.documentId),
        state: 'waiting',
        planned_date: dateOf('2027-01-11'),
        'outgoing_moves.': [{ quantity: 5, origin: expect.stringMatching(/^sale[.]line,/) }],
        inventory_moves: [expect.any(Number)],
      },
    ]);
    await expect(send(ship())).rejects.toMatchObject({ code: 'NOTHING_TO_SHIP', path: ['salesOrderId'] });
  });

  test('an order is given other days, and is cancelled; twice is as once', async () => {
    const { documentId } = await send(order());
    const later = { productionOrderId: documentId, plannedStartDate: '2027-02-01', plannedEndDate: '2027-02-03' };
    const asked = command('RESCHEDULE_PRODUCTION_ORDER', later);
    expect(await lookUp(asked)).toBeNull();
    const done = await send(asked);
    expect([await lookUp(asked), await send(asked, never)]).toEqual([done, done]);
    expect(await stateOf(documentId)).toMatchObject({ state: 'waiting', planned_date: dateOf('2027-02-03') });

    const cancel = command('CANCEL_PRODUCTION_ORDER', { productionOrderId: documentId });
    expect(await lookUp(cancel)).toBeNull();
    const cancelled = await send(cancel);
    expect([await lookUp(cancel), await send(cancel, never)]).toEqual([cancelled, cancelled]);
    expect(await stateOf(documentId)).toMatchObject({ state: 'cancelled' });
    await expect(send(asked)).rejects.toMatchObject({ code: 'WRONG_STATE', path: ['productionOrderId'] });
  });

  test('days are not written over what somebody else has written since they were read', async () => {
    const { documentId } = await send(order());
    line.before('model.production.write', () =>
      api.write('production', Number(documentId), { planned_date: dateOf('2027-05-05') }),
    );
    const later = { productionOrderId: documentId, plannedStartDate: '2027-02-01', plannedEndDate: '2027-02-03' };
    await expect(send(command('RESCHEDULE_PRODUCTION_ORDER', later))).rejects.toThrow(CommandNotDone);
    expect(await stateOf(documentId)).toMatchObject({ planned_date: dateOf('2027-05-05') });
  });

  test.each([
    ['a product that is not there', { productId: '99999' }, 'UNKNOWN_PRODUCT', ['productId']],
    ['an id that is none', { productId: 'F0001' }, 'UNKNOWN_PRODUCT', ['productId']],
    ['a product that is bought', { productId: COMPONENT }, 'NOT_PRODUCIBLE', ['productId']],
    ['a plant that is not there', { plantCode: 'NONE' }, 'UNKNOWN_PLANT', ['plantCode']],
    ['half a piece', { quantity: '1.5' }, 'ERP_REFUSED', null],
  ])('%s is refused, and nothing is made', async (_, wrong, code, path) => {
    const asked = order(wrong);
    await expect(send(asked)).rejects.toMatchObject({ name: 'CommandRefused', code, path });
    expect(await under('production', asked)).toEqual([]);
  });

  test('a product without a bill of material is refused', async () => {
    const [component] = await api.searchRead('product.product', [['id', '=', Number(COMPONENT)]], ['template']);
    const produced = (producible: boolean) =>
      api.write('product.template', Number(component?.template), { producible });
    await produced(true);
    try {
      await expect(send(order({ productId: COMPONENT }))).rejects.toMatchObject({ code: 'NO_BILL_OF_MATERIAL' });
    } finally {
      await produced(false);
    }
  });

  test('what is refused at a later step leaves nothing behind', async () => {
    const supplier = await api.create('party.party', { name: 'Nowhere Ltd', addresses: [] });
    const content = { plantCode: 'WH', productId: '3', quantity: '7', plannedDate: '2027-01-11' };
    const asked = command('CREATE_PURCHASE_ORDER', { supplierId: String(supplier), ...content });
    let writes = 0;
    const refusal = send(asked, () => {
      writes += 1;
    });
    await expect(refusal).rejects.toMatchObject({ name: 'CommandRefused', code: 'ERP_REFUSED' });
    await expect(refusal).rejects.toThrow('Invoice Address');
    expect(writes).toBeGreaterThan(2);
    expect(await under('purchase.purchase', asked)).toEqual([]);
  });

  test('what Tryton wants a yes for is a person’s to decide, in its own words, and what cannot be undone is named', async () => {
    const [party] = await api.searchRead('stock.shipment.out', [], ['customer', 'delivery_address'], { limit: 1 });
    const move = { product: 23, uom: 1, quantity: 1, from_location: 2, to_location: 7, company: 1, currency: 1 };
    const outgoing = [['create', [{ ...move, unit_price: price('1') }]]];
    const { id: _, ...customer } = party ?? {};
    const packed = making({
      model: 'stock.shipment.out',
      values: async () => ({ ...customer, warehouse: 5, outgoing_moves: outgoing }),
      buttons: { draft: 'wait', waiting: 'assign_try', assigned: 'pick', picked: 'pack' },
    });
    const rpc = new JsonRpc({ url: line.url, ...login, company: '1' });
    const calls = new Calls({ api: rpc, company: 1, language: 'en' }, patience(), () => {});
    const asked = command('PACK', {});

    const refusal = packed.send(calls, asked);
    await expect(refusal).rejects.toThrow(CommandNeedsPerson);
    await expect(refusal).rejects.toMatchObject({ code: 'ERP_WARNING', message: expect.stringContaining('no origin') });
    const [left] = await under('stock.shipment.out', asked, ['number', 'state']);
    expect(left?.state).toBe('picked');
    await expect(refusal).rejects.toThrow(`${left?.number} stays picked in Tryton, and could not be deleted`);
  });

  test('who lacks the right to write is told so, and a person gives it', async () => {
    const reader = { ...login, user: 'reader', password: 'reads-only-7' };
    const companies = { companies: [['add', [1]]], company: 1 };
    await api.create('res.user', { name: 'Reader', login: reader.user, password: reader.password, ...companies });
    const refusal = channelAs(reader).send(
      order(),
      () => {},
      patience(),
      () => {},
    );
    await expect(refusal).rejects.toMatchObject({ name: 'CommandNeedsPerson', code: 'ERP_ACCESS' });
  });

  test('nothing is written when the last check fails', async () => {
    const asked = order();
    await expect(send(asked, never)).rejects.toThrow('does not answer');
    expect(await under('production', asked)).toEqual([]);
  });

  test.each([
    ['made, and not on its way', 'model.production.create', 'draft'],
    ['on its way', 'model.production.wait', 'waiting'],
  ])('an order whose answer is lost when it is %s is seen through, once', async (_, method, state) => {
    const asked = order();
    line.cutAnswersTo(method, 1);
    const lost = send(asked);
    await expect(lost).rejects.toThrow(ErpCallFailed);
    await expect(lost).rejects.not.toThrow(CommandNotDone);
    await expect(lost).rejects.not.toThrow(CommandRefused);
    expect(await under('production', asked)).toMatchObject([{ state }]);

    const found = await lookUp(asked);
    expect(found === 'begun').toBe(state === 'draft');
    const done = found === 'begun' || found === null ? await send(asked) : found;
    expect(await under('production', asked)).toMatchObject([{ id: Number(done.documentId), state: 'waiting' }]);
  });

  test('with the index in its database Tryton makes one of those that are asked for at once', async () => {
    const missing = async () => {
      await using db = await connected(server.captureUrl);
      const faults = await missingIndexes(db.client, tryton({ writes: 'key' }).onceIndexes ?? []);
      return faults.map(({ message }) => message);
    };
    expect(await missing()).toHaveLength(4);
    for (const statement of onceSql) await asSuperuser(statement);
    expect(await missing()).toEqual([]);
    const asked = order();
    const done = await Promise.all([1, 2, 3, 4].map(() => send(asked)));
    expect(new Set(done.map(({ documentId }) => documentId)).size).toBe(1);
    expect(await under('production', asked)).toMatchObject([{ id: Number(done[0]?.documentId), state: 'waiting' }]);
  });

  const never = () => {
    throw new Error('Nothing is to be written');
  };
  const stateOf = async (id: string) =>
    (await api.searchRead('production', [['id', '=', Number(id)]], ['state', 'planned_date']))[0];

  /** Confirmed, and left to others to ship. */
  async function manualSale(quantity: number): Promise<number> {
    const [like] = await api.searchRead(
      'sale.sale',
      [['state', '=', 'processing']],
      ['party', 'invoice_address', 'shipment_address', 'currency', 'company'],
      { limit: 1 },
    );
    const { id: _, ...values } = like ?? {};
    const sold = { type: 'line', product: Number(COMPONENT), quantity, unit: 1, unit_price: price('5') };
    const methods = { shipment_method: 'manual', invoice_method: 'manual', warehouse: 5 };
    const sale = await api.create('sale.sale', { ...values, ...methods, lines: [['create', [sold]]] });
    await api.call('model.sale.sale.quote', [sale]);
    await api.call('model.sale.sale.confirm', [sale]);
    return sale;
  }
}

async function connected(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
