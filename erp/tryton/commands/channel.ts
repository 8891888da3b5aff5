/**
 * The commands that Tryton takes, through its API.
 *
 * Tryton keeps our reference in a field that can be searched, and refuses a second document of it where the index of the
 * README stands in its database. Without the index a request whose answer was lost may take effect as late as its longest
 * transaction ends: it waits for locks without an end, and does not see that nobody listens any more.
 *
 * The models that are written belong to the modules whose tables the connector reads: there is none without them.
 */
import { FaultCode, OperatorFault } from '../../../runtime/errors.ts';
import type { CommandChannel, Settling } from '../../command.ts';
import type { ApiAccess } from '../../connector.ts';
import { JsonRpc } from '../json-rpc.ts';
import { Calls } from './calls.ts';
import type { Handler } from './handler.ts';
import { cancelProductionOrder, createProductionOrder, rescheduleProductionOrder } from './production.ts';
import { createPurchaseOrder } from './purchase.ts';
import { createShipment, createStockTransfer } from './stock.ts';

const handlers: Readonly<Record<string, Handler>> = {
  CREATE_PRODUCTION_ORDER: createProductionOrder,
  RESCHEDULE_PRODUCTION_ORDER: rescheduleProductionOrder,
  CANCEL_PRODUCTION_ORDER: cancelProductionOrder,
  CREATE_SHIPMENT: createShipment,
  CREATE_STOCK_TRANSFER: createStockTransfer,
  CREATE_PURCHASE_ORDER: createPurchaseOrder,
};

export interface TrytonCommands {
  readonly company: string;
  readonly language: string;
  readonly settling: Settling;
}

export const commandChannel =
  ({ company, language, settling }: TrytonCommands) =>
  ({ url, user, password, database }: ApiAccess): CommandChannel => {
    if (database === undefined) {
      throw new OperatorFault(
        FaultCode.Configuration,
        'SKIFF_ERP_DATABASE is not set.',
        'Tryton serves several databases: name the one to write to.',
      );
    }
    const api = new JsonRpc({ url, user, password, database, company });
    const settings = { api, company: Number(company), language };
    const handlerOf = (type: string): Handler => {
      const handler = handlers[type];
      if (!handler) throw new TypeError(`Tryton takes no ${type}`);
      return handler;
    };
    const reading = (signal: AbortSignal) =>
      new Calls(settings, signal, () => {
        throw new TypeError('Who looks something up writes nothing');
      });
    return {
      takes: Object.fromEntries(Object.keys(handlers).map((type) => [type, settling])),
      send: (command, beforeWrite, signal, another) =>
        handlerOf(command.type).send(new Calls(settings, signal, beforeWrite, another), command),
      lookUp: (command, signal) => handlerOf(command.type).lookUp(reading(signal), command),
      references: async (type, most, signal) => (await handlerOf(type).references?.(reading(signal), most)) ?? [],
    };
  };
