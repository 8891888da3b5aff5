/** The commands that the sandbox ERP's API takes, and what it can tell of one whose answer was lost: as it was started. */
import type { CommandChannel, Settling } from '../command.ts';
import type { ApiAccess } from '../connector.ts';
import { type RestCommand, restCommands } from '../rest/commands.ts';

const commands: Readonly<Record<string, RestCommand>> = {
  CREATE_PRODUCTION_ORDER: {
    path: '/api/v1/production-orders',
    body: ({ productId, plantCode, quantity, plannedStartDate, plannedEndDate }) => ({
      material_no: productId,
      plant_code: plantCode,
      quantity,
      planned_start: plannedStartDate,
      planned_end: plannedEndDate,
    }),
  },
  RESCHEDULE_PRODUCTION_ORDER: {
    path: '/api/v1/production-order-reschedulings',
    body: ({ productionOrderId, plannedStartDate, plannedEndDate }) => ({
      production_no: productionOrderId,
      planned_start: plannedStartDate,
      planned_end: plannedEndDate,
    }),
  },
  CANCEL_PRODUCTION_ORDER: {
    path: '/api/v1/production-order-cancellations',
    body: ({ productionOrderId }) => ({ production_no: productionOrderId }),
  },
  CREATE_SHIPMENT: {
    path: '/api/v1/shipments',
    body: ({ salesOrderId, plannedDate }) => ({ sales_order_no: salesOrderId, planned_date: plannedDate }),
  },
  CREATE_STOCK_TRANSFER: {
    path: '/api/v1/stock-transfers',
    body: ({ productId, fromLocationId, toLocationId, quantity, plannedDate }) => ({
      material_no: productId,
      from_location: fromLocationId,
      to_location: toLocationId,
      quantity,
      planned_date: plannedDate,
    }),
  },
  CREATE_PURCHASE_ORDER: {
    path: '/api/v1/purchase-orders',
    body: ({ supplierId, plantCode, productId, quantity, plannedDate }) => ({
      vendor_no: supplierId,
      plant_code: plantCode,
      material_no: productId,
      quantity,
      planned_date: plannedDate,
    }),
  },
};

export const commandChannel = ({ url, user, password }: ApiAccess, settling: Settling): CommandChannel =>
  restCommands({
    url,
    tokenPath: '/oauth/token',
    credentials: { user, password },
    commands,
    settling,
  });
