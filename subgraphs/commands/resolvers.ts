/** Answers the fields of `schema/commands.graphql`: each asks the desk, which knows who asks. */
import type { Command, DocumentType } from '../../commands/command.ts';
import type { CommandType } from '../../commands/content.ts';
import type { Answer } from '../../commands/desk.ts';
import { isUnderWay } from '../../commands/state.ts';
import { ErrorCode, SkiffError } from '../../runtime/errors.ts';
import type { SubgraphContext } from '../context.ts';
import type { Resolvers } from './resolvers.generated.ts';

const CONTENT_TYPES = {
  CREATE_PRODUCTION_ORDER: 'ProductionOrderContent',
  RESCHEDULE_PRODUCTION_ORDER: 'ProductionReschedulingContent',
  CANCEL_PRODUCTION_ORDER: 'ProductionCancellationContent',
  CREATE_SHIPMENT: 'ShipmentContent',
  CREATE_STOCK_TRANSFER: 'StockTransferContent',
  CREATE_PURCHASE_ORDER: 'PurchaseOrderContent',
} as const;

export const resolvers: Resolvers = {
  Query: {
    command: (_root, { id }, { desk }) => desk().command(id),
    async commands(_root, { filter, first, after }, { desk }) {
      const { state, type, ...rest } = filter ?? {};
      return connectionOf(
        await desk().commands({ ...rest, states: state, types: type }, { first, after }),
        desk().cursor,
      );
    },
    plan: (_root, { id }, { desk }) => desk().plan(id),
    plans: async (_root, page, { desk }) => connectionOf(await desk().plans(page), desk().cursor),
  },
  Mutation: {
    createProductionOrder: (_root, { input }, context) => created('CREATE_PRODUCTION_ORDER', input, context),
    rescheduleProductionOrder: (_root, { input }, context) => created('RESCHEDULE_PRODUCTION_ORDER', input, context),
    cancelProductionOrder: (_root, { input }, context) => created('CANCEL_PRODUCTION_ORDER', input, context),
    createShipment: (_root, { input }, context) => created('CREATE_SHIPMENT', input, context),
    createStockTransfer: (_root, { input }, context) => created('CREATE_STOCK_TRANSFER', input, context),
    createPurchaseOrder: (_root, { input }, context) => created('CREATE_PURCHASE_ORDER', input, context),
    async proposeProductionPlan(_root, { input: { idempotencyKey, lines, note } }, context) {
      const contents = lines.map((line) => ({ type: 'CREATE_PRODUCTION_ORDER', ...line }));
      const { id } = await context.desk().proposePlan({ lines: contents, note }, idempotencyKey);
      return { plan: await planOf(id, context), userErrors: [] };
    },
    approveCommand: async (_root, { input }, context) => single(await context.desk().approve(input), context),
    rejectCommand: async (_root, { input: { id, reason } }, context) =>
      single(await context.desk().reject(id, reason), context),
    editCommand: async (_root, { input: { id, contentHash, ...sent } }, context) =>
      single(await context.desk().edit({ id, contentHash }, editedContent(sent)), context),
    async editProductionOrderCommand(_root, { input: { content, ...chosen } }, context) {
      return single(await context.desk().edit(chosen, { type: 'CREATE_PRODUCTION_ORDER', ...content }), context);
    },
    retryCommand: async (_root, { input: { id } }, context) => single(await context.desk().retry(id), context),
    cancelCommand: async (_root, { input: { id } }, context) => single(await context.desk().cancel(id), context),
    settleCommand: async (_root, { input: { id, documentId } }, context) =>
      single(await context.desk().settle(id, documentId ?? null), context),
    async approvePlan(_root, { input: { id, commands } }, context) {
      const { userErrors, commands: approved } = await context.desk().approvePlan(id, commands);
      owe(approved, context);
      return { plan: await planOf(id, context), userErrors };
    },
    async rejectPlan(_root, { input: { id, reason } }, context) {
      const { userErrors } = await context.desk().rejectPlan(id, reason);
      return { plan: await planOf(id, context), userErrors };
    },
  },
  Command: {
    __resolveReference: ({ id }, { desk }) => desk().command(id),
    approvals: ({ id }, _args, { desk }) => desk().approvals(id),
    history: ({ id }, _args, { desk }) => desk().history(id),
    premise: ({ premise }) => Object.entries(premise ?? {}).map(([name, value]) => ({ name, value })),
    plan: ({ planId }, _args, { desk }) => (planId === null ? null : desk().plan(planId)),
    overtaken: ({ overtaken }) => overtaken ?? [],
    documentId: ({ document }) => document?.id ?? null,
    productionOrder: ({ document }, _args, context) => documentOf('ProductionOrder', document, context),
    shipment: ({ document }, _args, context) => documentOf('Shipment', document, context),
    stockMovement: ({ document }, _args, context) => documentOf('StockMovement', document, context),
    purchaseOrder: ({ document }, _args, context) => documentOf('PurchaseOrder', document, context),
  },
  CommandContent: {
    __resolveType: ({ type }) => CONTENT_TYPES[type],
  },
  CommandEvent: {
    detail: ({ detail }) => JSON.stringify(detail),
  },
  Plan: {
    __resolveReference: ({ id }, { desk }) => desk().plan(id),
    commands: ({ id }, _args, { desk }) => desk().commandsOfPlan(id),
  },
  ProductionOrder: madeBy('ProductionOrder'),
  Shipment: madeBy('Shipment'),
  StockMovement: madeBy('StockMovement'),
  PurchaseOrder: madeBy('PurchaseOrder'),
};

async function created(
  type: CommandType,
  { idempotencyKey, ...content }: { readonly idempotencyKey: string },
  context: SubgraphContext,
) {
  const command = await context.desk().create({ type, ...content }, idempotencyKey);
  return single({ commands: [command], userErrors: [] }, context);
}

const EDITED: Readonly<Record<string, CommandType>> = {
  productionOrder: 'CREATE_PRODUCTION_ORDER',
  rescheduling: 'RESCHEDULE_PRODUCTION_ORDER',
  shipment: 'CREATE_SHIPMENT',
  stockTransfer: 'CREATE_STOCK_TRANSFER',
  purchaseOrder: 'CREATE_PURCHASE_ORDER',
};

/** The one content that was sent. */
function editedContent(sent: Readonly<Record<string, object | null | undefined>>) {
  const contents = Object.entries(sent).flatMap(([field, content]) =>
    content ? [{ type: EDITED[field], ...content }] : [],
  );
  const [content, other] = contents;
  if (content && !other) return content;
  throw new SkiffError(ErrorCode.BadUserInput, `input: give exactly one of ${Object.keys(EDITED).join(', ')}.`);
}

/** What is on its way to the ERP is in the client's next answer, or it is told that it cannot be yet. */
function owe(commands: readonly Command[], { freshness }: SubgraphContext): void {
  freshness.owe(commands.filter(({ state }) => isUnderWay(state)).map(({ id }) => id));
}

/** A document the replica has not got yet, or that the caller may not see, is null. */
const documentOf = (type: DocumentType, document: Command['document'], context: SubgraphContext) =>
  document?.type === type ? context.load(type, document.id) : null;

function madeBy(type: DocumentType) {
  return {
    __resolveReference: ({ id }: { readonly id: string }) => ({ id }),
    commands: ({ id }: { readonly id: string }, _args: unknown, { desk }: SubgraphContext) =>
      desk().commandsOfDocument(type, id),
  };
}

interface Found<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
}

function connectionOf<Row>({ rows, hasNextPage }: Found<Row>, cursorOf: (row: Row) => string) {
  const edges = rows.map((node) => ({ node, cursor: cursorOf(node) }));
  const [startCursor = null, endCursor = null] = [edges.at(0)?.cursor, edges.at(-1)?.cursor];
  return { edges, nodes: rows, pageInfo: { hasNextPage, hasPreviousPage: false, startCursor, endCursor } };
}

function single({ commands, userErrors }: Answer, context: SubgraphContext) {
  const [command] = commands;
  if (!command) throw new SkiffError(ErrorCode.NotFound, 'There is no such command that you may see.');
  owe(commands, context);
  return { command, userErrors };
}

async function planOf(id: string, { desk }: SubgraphContext) {
  const plan = await desk().plan(id);
  if (!plan) throw new SkiffError(ErrorCode.NotFound, 'There is no such plan that you may see.');
  return plan;
}
