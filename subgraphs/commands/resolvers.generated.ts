import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Command as CommandRow, Approval as ApprovalRow, CommandEvent as EventRow, Plan as PlanRow } from '../../commands/command.ts';
import type { Content as ContentRow } from '../../commands/content.ts';
import type { FlatRow } from '../../replica/read.ts';
import type { SubgraphContext } from '../context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A calendar day, `YYYY-MM-DD`, without a time zone. */
  Date: { input: string; output: string; }
  /** A moment, RFC 3339 in UTC with six digits of a second: `2026-11-22T14:03:05.250000Z`. */
  DateTime: { input: string; output: string; }
  /** An exact decimal number as a JSON string, `"1499.90"`: a JavaScript number would lose money. */
  Decimal: { input: string; output: string; }
  _FieldSet: { input: string; output: string; }
};

/** An approval. */
export type ApproveCommandInput = {
  /** Its `contentHash` as you saw it. */
  readonly contentHash: Scalars['String']['input'];
  /** The command. */
  readonly id: Scalars['ID']['input'];
};

/** An approval of a plan. */
export type ApprovePlanInput = {
  /** Its commands as you saw them. */
  readonly commands: ReadonlyArray<ApproveCommandInput>;
  /** The plan. */
  readonly id: Scalars['ID']['input'];
};

/** A command to be given up. */
export type CancelCommandInput = {
  /** The command. */
  readonly id: Scalars['ID']['input'];
};

/** A production order to be given up. */
export type CancelProductionOrderInput = {
  /** Yours, 1 to 255 printable characters: the same key with the same input is the same command, however often it is sent. */
  readonly idempotencyKey: Scalars['String']['input'];
  /** Id of the production order. */
  readonly productionOrderId: Scalars['ID']['input'];
};

/** A write that is asked of the ERP, from its proposal to its effect. */
export type Command = {
  readonly __typename?: 'Command';
  /** When the ERP said that it was done. */
  readonly acknowledgedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The approvals it has got, in their order. */
  readonly approvals: ReadonlyArray<CommandApproval>;
  /** The scopes of whom each of the approvals it needs must have; empty where it needs none. */
  readonly approvalsNeeded: ReadonlyArray<Scalars['String']['output']>;
  /** How many requests to the ERP were begun for it. */
  readonly attempts: Scalars['Int']['output'];
  /** When it was changed last. */
  readonly changedAt: Scalars['DateTime']['output'];
  /** When its effect was seen in the replica. */
  readonly confirmedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What is asked. */
  readonly content: CommandContent;
  /** Hash of the content: what you approve is what you saw. */
  readonly contentHash: Scalars['String']['output'];
  /** Id of the document that it changes, or made; that of a new one is null until the ERP has answered. */
  readonly documentId?: Maybe<Scalars['ID']['output']>;
  /** What the ERP answered last. */
  readonly erpAnswer?: Maybe<Scalars['String']['output']>;
  /** When it expires without the approvals it needs; null where it needs none. */
  readonly expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** What kind of fault keeps it from being done; null where there is none. */
  readonly fault?: Maybe<CommandFault>;
  /** Everything that was done with it, by whom and on what premise: the audit. */
  readonly history: ReadonlyArray<CommandEvent>;
  /** Its id. The ERP keeps it as `skiff:<id>` where it can. */
  readonly id: Scalars['ID']['output'];
  /** Fields that had another value in the ERP already when the effect was seen. */
  readonly overtaken: ReadonlyArray<Scalars['String']['output']>;
  /** Its plan; null where it was proposed by itself. */
  readonly plan?: Maybe<Plan>;
  /** Code of the plant it is for. */
  readonly plantCode: Scalars['String']['output'];
  /** What the proposer had before their eyes, and must still hold when it is approved and sent. */
  readonly premise: ReadonlyArray<PremiseFact>;
  /** The production order that it changes, or made, once the replica has it. */
  readonly productionOrder?: Maybe<ProductionOrder>;
  /** When it was proposed. */
  readonly proposedAt: Scalars['DateTime']['output'];
  /** Who proposed it. */
  readonly proposer: Scalars['String']['output'];
  /** The purchase order that it made, once the replica has it. */
  readonly purchaseOrder?: Maybe<PurchaseOrder>;
  /** Why it stands where it does, in words. */
  readonly reason?: Maybe<Scalars['String']['output']>;
  /** When the last one was sent. */
  readonly sentAt?: Maybe<Scalars['DateTime']['output']>;
  /** The shipment that it made, once the replica has it. */
  readonly shipment?: Maybe<Shipment>;
  /** How far it has got. */
  readonly state: CommandState;
  /** The movement of stock that it made, once the replica has it. */
  readonly stockMovement?: Maybe<StockMovement>;
  /** What kind of write it is. */
  readonly type: CommandType;
  /** What the ERP refused, in words for a planner. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** An approval of one content. */
export type CommandApproval = {
  readonly __typename?: 'CommandApproval';
  /** Who gave it. */
  readonly approver: Scalars['String']['output'];
  /** When. */
  readonly at: Scalars['DateTime']['output'];
  /** The scope by which they may. */
  readonly scope: Scalars['String']['output'];
  /** When it ceased to count, by an edit or a premise that no longer held; null while it counts. */
  readonly voidedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** A page of commands. */
export type CommandConnection = {
  readonly __typename?: 'CommandConnection';
  /** The commands of the page, each with its cursor. */
  readonly edges: ReadonlyArray<CommandEdge>;
  /** The commands of the page. */
  readonly nodes: ReadonlyArray<Maybe<Command>>;
  /** Whether there is more, and where this page begins and ends. */
  readonly pageInfo: PageInfo;
};

/** What a command asks, by its type. */
export type CommandContent = ProductionCancellationContent | ProductionOrderContent | ProductionReschedulingContent | PurchaseOrderContent | ShipmentContent | StockTransferContent;

/** A command of a page, with its cursor. */
export type CommandEdge = {
  readonly __typename?: 'CommandEdge';
  /** Where it stands: an opaque text for `after`. */
  readonly cursor: Scalars['String']['output'];
  /** The command. */
  readonly node?: Maybe<Command>;
};

/** A line of the audit. It is written with what it tells of, and never changed. */
export type CommandEvent = {
  readonly __typename?: 'CommandEvent';
  /** What was done. */
  readonly action: Scalars['String']['output'];
  /** Who; `skiff` for what it does by itself. */
  readonly actor: Scalars['String']['output'];
  /** Where the request came from; null for what Skiff did by itself. */
  readonly address?: Maybe<Scalars['String']['output']>;
  /** When. */
  readonly at: Scalars['DateTime']['output'];
  /** What belongs to it (content, premise, the ERP's answer) as JSON. */
  readonly detail: Scalars['String']['output'];
  /** The state before; null for a proposal. */
  readonly fromState?: Maybe<CommandState>;
  /** Its id; later lines have greater ones. */
  readonly id: Scalars['ID']['output'];
  /** The state after. */
  readonly toState: CommandState;
  /** The request's id, from the mutation to the ERP's log. */
  readonly traceId: Scalars['String']['output'];
};

/** What kind of fault keeps a command from being done. */
export type CommandFault =
  /** A person has to see to it. */
  | 'NEEDS_PERSON'
  /** The ERP refuses it. */
  | 'REJECTED'
  /** It may pass: it is tried again. */
  | 'RETRY'
  /** Nobody knows whether it was applied. */
  | 'UNKNOWN';

/** Which commands to list. All conditions that are given must hold. */
export type CommandFilter = {
  /** Of this plan. */
  readonly planId?: InputMaybe<Scalars['ID']['input']>;
  /** For this plant. */
  readonly plantCode?: InputMaybe<Scalars['String']['input']>;
  /** Proposed before this moment: what has been waiting for long. */
  readonly proposedBefore?: InputMaybe<Scalars['DateTime']['input']>;
  /** Proposed by this one. */
  readonly proposer?: InputMaybe<Scalars['String']['input']>;
  /** In one of these states. */
  readonly state?: InputMaybe<ReadonlyArray<CommandState>>;
  /** Of one of these types. */
  readonly type?: InputMaybe<ReadonlyArray<CommandType>>;
  /** `true`: those that you may approve, and have not. */
  readonly waitingForMe?: InputMaybe<Scalars['Boolean']['input']>;
};

/** What became of a mutation of one command. */
export type CommandPayload = {
  readonly __typename?: 'CommandPayload';
  /** The command as it stands. */
  readonly command: Command;
  /** Why nothing was done; empty where it was. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** How far a command has got. */
export type CommandState =
  /** The ERP said that it is done; its effect has not been seen yet. */
  | 'ACKNOWLEDGED'
  /** Has the approvals it needs. */
  | 'APPROVED'
  /** Given up before it was sent, or found not to have happened. Final. */
  | 'CANCELLED'
  /** Its effect was seen in the replica. Final. */
  | 'CONFIRMED'
  /** Needs a person. */
  | 'DEAD_LETTER'
  /** Nobody approved it in time. Final. */
  | 'EXPIRED'
  /** Could not be done this time, and is tried again. */
  | 'FAILED'
  /** The ERP said that it is done, but its effect was not seen in time. */
  | 'OVERDUE'
  /** Waits for approval. */
  | 'PROPOSED'
  /** Waits for its turn to be sent. */
  | 'QUEUED'
  /** An approver said no. Final. */
  | 'REJECTED'
  /** Was sent; the ERP has not answered yet. */
  | 'SENT'
  /** Was sent, and nobody knows whether it was applied. The ERP is asked before anything is sent again. */
  | 'UNKNOWN';

/** What kind of write a command is. */
export type CommandType =
  /** Gives up a production order. */
  | 'CANCEL_PRODUCTION_ORDER'
  /** Makes a production order. */
  | 'CREATE_PRODUCTION_ORDER'
  /** Makes a purchase order. */
  | 'CREATE_PURCHASE_ORDER'
  /** Makes a shipment of a sales order. */
  | 'CREATE_SHIPMENT'
  /** Moves stock from one location to another. */
  | 'CREATE_STOCK_TRANSFER'
  /** Plans a production order for other days. */
  | 'RESCHEDULE_PRODUCTION_ORDER';

/** A production order to be made. */
export type CreateProductionOrderInput = {
  /** Yours, 1 to 255 printable characters: the same key with the same input is the same command, however often it is sent. */
  readonly idempotencyKey: Scalars['String']['input'];
  /** Day on which it is to be finished. */
  readonly plannedEndDate: Scalars['Date']['input'];
  /** Day on which it is to start. */
  readonly plannedStartDate: Scalars['Date']['input'];
  /** Code of the plant. */
  readonly plantCode: Scalars['String']['input'];
  /** Id of the product. */
  readonly productId: Scalars['ID']['input'];
  /** How much, in the product's unit. */
  readonly quantity: Scalars['Decimal']['input'];
};

/** Something to be ordered from a supplier. */
export type CreatePurchaseOrderInput = {
  /** Yours, 1 to 255 printable characters: the same key with the same input is the same command, however often it is sent. */
  readonly idempotencyKey: Scalars['String']['input'];
  /** Day on which it is wanted. */
  readonly plannedDate: Scalars['Date']['input'];
  /** Code of the plant. */
  readonly plantCode: Scalars['String']['input'];
  /** Id of the product. */
  readonly productId: Scalars['ID']['input'];
  /** How much, in the product's unit. */
  readonly quantity: Scalars['Decimal']['input'];
  /** Id of the supplier. */
  readonly supplierId: Scalars['ID']['input'];
};

/** A sales order to be delivered. */
export type CreateShipmentInput = {
  /** Yours, 1 to 255 printable characters: the same key with the same input is the same command, however often it is sent. */
  readonly idempotencyKey: Scalars['String']['input'];
  /** Day on which it is to leave. */
  readonly plannedDate: Scalars['Date']['input'];
  /** Id of the sales order. */
  readonly salesOrderId: Scalars['ID']['input'];
};

/** Stock to be moved. */
export type CreateStockTransferInput = {
  /** Id of the location it leaves. */
  readonly fromLocationId: Scalars['ID']['input'];
  /** Yours, 1 to 255 printable characters: the same key with the same input is the same command, however often it is sent. */
  readonly idempotencyKey: Scalars['String']['input'];
  /** Day on which it is to be moved. */
  readonly plannedDate: Scalars['Date']['input'];
  /** Id of the product. */
  readonly productId: Scalars['ID']['input'];
  /** How much, in the product's unit. */
  readonly quantity: Scalars['Decimal']['input'];
  /** Id of the location it goes to. */
  readonly toLocationId: Scalars['ID']['input'];
};

/** An edit of a proposal: what it asks for now, in the field of its type. */
export type EditCommandInput = {
  /** Its `contentHash` as you saw it. */
  readonly contentHash: Scalars['String']['input'];
  /** The command. */
  readonly id: Scalars['ID']['input'];
  /** Of a production order to be made. */
  readonly productionOrder?: InputMaybe<ProductionOrderLineInput>;
  /** Of something to be ordered. */
  readonly purchaseOrder?: InputMaybe<PurchaseOrderInput>;
  /** Of a production order to be planned for other days. */
  readonly rescheduling?: InputMaybe<ReschedulingInput>;
  /** Of a sales order to be delivered. */
  readonly shipment?: InputMaybe<ShipmentInput>;
  /** Of stock to be moved. */
  readonly stockTransfer?: InputMaybe<StockTransferInput>;
};

/** An edit of a proposed production order. */
export type EditProductionOrderCommandInput = {
  /** What it asks for now. */
  readonly content: ProductionOrderLineInput;
  /** Its `contentHash` as you saw it. */
  readonly contentHash: Scalars['String']['input'];
  /** The command. */
  readonly id: Scalars['ID']['input'];
};

/** What can be asked of the ERP. */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /** Approves a command as you saw it: you are not who proposed it, it was not edited since, and what it rests on still holds. */
  readonly approveCommand: CommandPayload;
  /** Approves all commands of a plan that are still proposed, or none of them. */
  readonly approvePlan: PlanPayload;
  /** Gives up a command that was not sent, or a dead letter of which nothing was done. */
  readonly cancelCommand: CommandPayload;
  /** Asks to give up a production order that has not begun. It waits for approval. */
  readonly cancelProductionOrder: CommandPayload;
  /** Proposes to make something. Small quantities are sent to the ERP at once, larger ones wait for approval. */
  readonly createProductionOrder: CommandPayload;
  /** Proposes to order from a supplier. */
  readonly createPurchaseOrder: CommandPayload;
  /** Asks to deliver all of a sales order that is accepted and of which nothing is being delivered. */
  readonly createShipment: CommandPayload;
  /** Asks to move stock from one location to another. */
  readonly createStockTransfer: CommandPayload;
  /** Changes what a proposal asks for. Approvals it had are void; what it rests on is looked at anew. */
  readonly editCommand: CommandPayload;
  /**
   * Changes the production order that a proposal asks for.
   * @deprecated Use editCommand. Removal 2027-06-30
   */
  readonly editProductionOrderCommand: CommandPayload;
  /** Proposes several production orders as one plan. All of them wait for approval, together or line by line. */
  readonly proposeProductionPlan: PlanPayload;
  /** Rejects a proposal. */
  readonly rejectCommand: CommandPayload;
  /** Rejects all commands of a plan that are still proposed. */
  readonly rejectPlan: PlanPayload;
  /** Asks to plan a production order for other days. It waits for approval. */
  readonly rescheduleProductionOrder: CommandPayload;
  /** Has a dead letter sent again: a new approval, of somebody else than who proposed it. */
  readonly retryCommand: CommandPayload;
  /** Says what a person found in the ERP of a command whose outcome is unknown. */
  readonly settleCommand: CommandPayload;
};


/** What can be asked of the ERP. */
export type MutationApproveCommandArgs = {
  input: ApproveCommandInput;
};


/** What can be asked of the ERP. */
export type MutationApprovePlanArgs = {
  input: ApprovePlanInput;
};


/** What can be asked of the ERP. */
export type MutationCancelCommandArgs = {
  input: CancelCommandInput;
};


/** What can be asked of the ERP. */
export type MutationCancelProductionOrderArgs = {
  input: CancelProductionOrderInput;
};


/** What can be asked of the ERP. */
export type MutationCreateProductionOrderArgs = {
  input: CreateProductionOrderInput;
};


/** What can be asked of the ERP. */
export type MutationCreatePurchaseOrderArgs = {
  input: CreatePurchaseOrderInput;
};


/** What can be asked of the ERP. */
export type MutationCreateShipmentArgs = {
  input: CreateShipmentInput;
};


/** What can be asked of the ERP. */
export type MutationCreateStockTransferArgs = {
  input: CreateStockTransferInput;
};


/** What can be asked of the ERP. */
export type MutationEditCommandArgs = {
  input: EditCommandInput;
};


/** What can be asked of the ERP. */
export type MutationEditProductionOrderCommandArgs = {
  input: EditProductionOrderCommandInput;
};


/** What can be asked of the ERP. */
export type MutationProposeProductionPlanArgs = {
  input: ProposeProductionPlanInput;
};


/** What can be asked of the ERP. */
export type MutationRejectCommandArgs = {
  input: RejectCommandInput;
};


/** What can be asked of the ERP. */
export type MutationRejectPlanArgs = {
  input: RejectPlanInput;
};


/** What can be asked of the ERP. */
export type MutationRescheduleProductionOrderArgs = {
  input: RescheduleProductionOrderInput;
};


/** What can be asked of the ERP. */
export type MutationRetryCommandArgs = {
  input: RetryCommandInput;
};


/** What can be asked of the ERP. */
export type MutationSettleCommandArgs = {
  input: SettleCommandInput;
};

/** Where a page begins and ends, and whether there is more. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** Cursor of the last row; null for an empty page. */
  readonly endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether rows follow this page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether rows come before this page. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** Cursor of the first row; null for an empty page. */
  readonly startCursor?: Maybe<Scalars['String']['output']>;
};

/** Commands that were proposed together. */
export type Plan = {
  readonly __typename?: 'Plan';
  /** Its commands that you may see. */
  readonly commands: ReadonlyArray<Command>;
  /** Its id. */
  readonly id: Scalars['ID']['output'];
  /** What the proposer says of it. */
  readonly note?: Maybe<Scalars['String']['output']>;
  /** When it was proposed. */
  readonly proposedAt: Scalars['DateTime']['output'];
  /** Who proposed it. */
  readonly proposer: Scalars['String']['output'];
};

/** A page of plans. */
export type PlanConnection = {
  readonly __typename?: 'PlanConnection';
  /** The plans of the page, each with its cursor. */
  readonly edges: ReadonlyArray<PlanEdge>;
  /** The plans of the page. */
  readonly nodes: ReadonlyArray<Maybe<Plan>>;
  /** Whether there is more, and where this page begins and ends. */
  readonly pageInfo: PageInfo;
};

/** A plan of a page, with its cursor. */
export type PlanEdge = {
  readonly __typename?: 'PlanEdge';
  /** Where it stands: an opaque text for `after`. */
  readonly cursor: Scalars['String']['output'];
  /** The plan. */
  readonly node?: Maybe<Plan>;
};

/** What became of a mutation of a plan. */
export type PlanPayload = {
  readonly __typename?: 'PlanPayload';
  /** The plan as it stands. */
  readonly plan: Plan;
  /** Why nothing was done; empty where it was. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** A fact that a proposal rests on. */
export type PremiseFact = {
  readonly __typename?: 'PremiseFact';
  /** Its name in the policy. */
  readonly name: Scalars['String']['output'];
  /** Its value as the proposer saw it; null where there was none. */
  readonly value?: Maybe<Scalars['String']['output']>;
};

/** A production order to be given up. */
export type ProductionCancellationContent = {
  readonly __typename?: 'ProductionCancellationContent';
  /** Id of the production order. */
  readonly productionOrderId: Scalars['ID']['output'];
};

/** An order to make a quantity of one product. Source in Tryton: production */
export type ProductionOrder = {
  readonly __typename?: 'ProductionOrder';
  /** Commands that made it or change it, the newest first: who approved this, and what waits for approval. */
  readonly commands?: Maybe<ReadonlyArray<Maybe<Command>>>;
  /** The ERP's key of the order. Source in Tryton: production.id */
  readonly id: Scalars['ID']['output'];
};

/** A production order to be made. */
export type ProductionOrderContent = {
  readonly __typename?: 'ProductionOrderContent';
  /** Day on which it is planned to be finished. */
  readonly plannedEndDate: Scalars['Date']['output'];
  /** Day on which it is planned to start. */
  readonly plannedStartDate: Scalars['Date']['output'];
  /** Code of the plant that makes it. */
  readonly plantCode: Scalars['String']['output'];
  /** Id of the product that is to be made. */
  readonly productId: Scalars['ID']['output'];
  /** How much is to be made, in the product's unit. */
  readonly quantity: Scalars['Decimal']['output'];
};

/** One production order of a plan. */
export type ProductionOrderLineInput = {
  /** Day on which it is to be finished. */
  readonly plannedEndDate: Scalars['Date']['input'];
  /** Day on which it is to start. */
  readonly plannedStartDate: Scalars['Date']['input'];
  /** Code of the plant. */
  readonly plantCode: Scalars['String']['input'];
  /** Id of the product. */
  readonly productId: Scalars['ID']['input'];
  /** How much, in the product's unit. */
  readonly quantity: Scalars['Decimal']['input'];
};

/** A production order to be planned for other days. */
export type ProductionReschedulingContent = {
  readonly __typename?: 'ProductionReschedulingContent';
  /** Day on which it is to be finished. */
  readonly plannedEndDate: Scalars['Date']['output'];
  /** Day on which it is to start. */
  readonly plannedStartDate: Scalars['Date']['output'];
  /** Id of the production order. */
  readonly productionOrderId: Scalars['ID']['output'];
};

/** Production orders that are proposed together. */
export type ProposeProductionPlanInput = {
  /** Yours, 1 to 255 printable characters: the same key with the same input is the same plan, however often it is sent. */
  readonly idempotencyKey: Scalars['String']['input'];
  /** The production orders, at most 200. */
  readonly lines: ReadonlyArray<ProductionOrderLineInput>;
  /** What approvers should know of it. */
  readonly note?: InputMaybe<Scalars['String']['input']>;
};

/** What we have ordered from a supplier, or are about to. Source in Tryton: purchase.purchase */
export type PurchaseOrder = {
  readonly __typename?: 'PurchaseOrder';
  /** Commands that made it, the newest first: who approved this. */
  readonly commands?: Maybe<ReadonlyArray<Maybe<Command>>>;
  /** The ERP's key of the order. Source in Tryton: purchase.purchase.id */
  readonly id: Scalars['ID']['output'];
};

/** Something to be ordered from a supplier. */
export type PurchaseOrderContent = {
  readonly __typename?: 'PurchaseOrderContent';
  /** Day on which it is wanted. */
  readonly plannedDate: Scalars['Date']['output'];
  /** Code of the plant it is for. */
  readonly plantCode: Scalars['String']['output'];
  /** Id of the product. */
  readonly productId: Scalars['ID']['output'];
  /** How much, in the product's unit. */
  readonly quantity: Scalars['Decimal']['output'];
  /** Id of the supplier. */
  readonly supplierId: Scalars['ID']['output'];
};

/** Something to be ordered from a supplier. */
export type PurchaseOrderInput = {
  /** Day on which it is wanted. */
  readonly plannedDate: Scalars['Date']['input'];
  /** Code of the plant. */
  readonly plantCode: Scalars['String']['input'];
  /** Id of the product. */
  readonly productId: Scalars['ID']['input'];
  /** How much, in the product's unit. */
  readonly quantity: Scalars['Decimal']['input'];
  /** Id of the supplier. */
  readonly supplierId: Scalars['ID']['input'];
};

export type Query = {
  readonly __typename?: 'Query';
  /** The command with this id; null where there is none that you may see. */
  readonly command?: Maybe<Command>;
  /** Commands, the newest first: the approval desk, the dead letters. */
  readonly commands?: Maybe<CommandConnection>;
  /** The plan with this id; null where there is none of which you may see a command. */
  readonly plan?: Maybe<Plan>;
  /** Plans, the newest first. */
  readonly plans?: Maybe<PlanConnection>;
};


export type QueryCommandArgs = {
  id: Scalars['ID']['input'];
};


export type QueryCommandsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<CommandFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryPlanArgs = {
  id: Scalars['ID']['input'];
};


export type QueryPlansArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** A rejection. */
export type RejectCommandInput = {
  /** The command. */
  readonly id: Scalars['ID']['input'];
  /** Why, for the proposer. */
  readonly reason: Scalars['String']['input'];
};

/** A rejection of a plan. */
export type RejectPlanInput = {
  /** The plan. */
  readonly id: Scalars['ID']['input'];
  /** Why, for the proposer. */
  readonly reason: Scalars['String']['input'];
};

/** A production order to be planned for other days. */
export type RescheduleProductionOrderInput = {
  /** Yours, 1 to 255 printable characters: the same key with the same input is the same command, however often it is sent. */
  readonly idempotencyKey: Scalars['String']['input'];
  /** Day on which it is to be finished. */
  readonly plannedEndDate: Scalars['Date']['input'];
  /** Day on which it is to start. */
  readonly plannedStartDate: Scalars['Date']['input'];
  /** Id of the production order. */
  readonly productionOrderId: Scalars['ID']['input'];
};

/** Other days for a production order. */
export type ReschedulingInput = {
  /** Day on which it is to be finished. */
  readonly plannedEndDate: Scalars['Date']['input'];
  /** Day on which it is to start. */
  readonly plannedStartDate: Scalars['Date']['input'];
  /** Id of the production order. */
  readonly productionOrderId: Scalars['ID']['input'];
};

/** A dead letter to be sent again. */
export type RetryCommandInput = {
  /** The command. */
  readonly id: Scalars['ID']['input'];
};

/** What a person found in the ERP. */
export type SettleCommandInput = {
  /** Id of the document it made; null, or left out, where it was not applied. */
  readonly documentId?: InputMaybe<Scalars['ID']['input']>;
  /** The command. */
  readonly id: Scalars['ID']['input'];
};

/** Goods that leave a plant for a customer together. Source in Tryton: stock.shipment.out */
export type Shipment = {
  readonly __typename?: 'Shipment';
  /** Commands that made it, the newest first: who approved this. */
  readonly commands?: Maybe<ReadonlyArray<Maybe<Command>>>;
  /** The ERP's key of the shipment. Source in Tryton: stock.shipment.out.id */
  readonly id: Scalars['ID']['output'];
};

/** A sales order to be delivered. */
export type ShipmentContent = {
  readonly __typename?: 'ShipmentContent';
  /** Day on which it is planned to leave. */
  readonly plannedDate: Scalars['Date']['output'];
  /** Id of the sales order. */
  readonly salesOrderId: Scalars['ID']['output'];
};

/** A sales order to be delivered. */
export type ShipmentInput = {
  /** Day on which it is to leave. */
  readonly plannedDate: Scalars['Date']['input'];
  /** Id of the sales order. */
  readonly salesOrderId: Scalars['ID']['input'];
};

/**
 * Stock that goes from one location to another, or is going to: receipts, deliveries, transfers, production, corrections.
 * Source in Tryton: stock.move
 */
export type StockMovement = {
  readonly __typename?: 'StockMovement';
  /** Commands that made it, the newest first: who approved this. */
  readonly commands?: Maybe<ReadonlyArray<Maybe<Command>>>;
  /** The ERP's key of the movement. Source in Tryton: stock.move.id */
  readonly id: Scalars['ID']['output'];
};

/** Stock to be moved. */
export type StockTransferContent = {
  readonly __typename?: 'StockTransferContent';
  /** Id of the location it leaves. */
  readonly fromLocationId: Scalars['ID']['output'];
  /** Day on which it is planned. */
  readonly plannedDate: Scalars['Date']['output'];
  /** Id of the product. */
  readonly productId: Scalars['ID']['output'];
  /** How much, in the product's unit. */
  readonly quantity: Scalars['Decimal']['output'];
  /** Id of the location it goes to. */
  readonly toLocationId: Scalars['ID']['output'];
};

/** Stock to be moved. */
export type StockTransferInput = {
  /** Id of the location it leaves. */
  readonly fromLocationId: Scalars['ID']['input'];
  /** Day on which it is to be moved. */
  readonly plannedDate: Scalars['Date']['input'];
  /** Id of the product. */
  readonly productId: Scalars['ID']['input'];
  /** How much, in the product's unit. */
  readonly quantity: Scalars['Decimal']['input'];
  /** Id of the location it goes to. */
  readonly toLocationId: Scalars['ID']['input'];
};

/** What is told as it happens, as Server-Sent Events. */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /** How far a command has got: as it stands at once, and after every change, until nothing can come of it. Null where there is none that you may see. */
  readonly commandChanged?: Maybe<Command>;
};


/** What is told as it happens, as Server-Sent Events. */
export type SubscriptionCommandChangedArgs = {
  id: Scalars['ID']['input'];
};

/** What the business refuses: no fault of the request. */
export type UserError = {
  readonly __typename?: 'UserError';
  /** What it is, for programs. */
  readonly code: Scalars['String']['output'];
  /** What it is, for people. */
  readonly message: Scalars['String']['output'];
  /** Which command, and which of its fields; null where it concerns all of it. */
  readonly path?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ReferenceResolver<TResult, TReference, TContext> = (
      reference: TReference,
      context: TContext,
      info: GraphQLResolveInfo
    ) => Promise<TResult> | TResult;

      type ScalarCheck<T, S> = S extends true ? T : NullableCheck<T, S>;
      type NullableCheck<T, S> = Maybe<T> extends T ? Maybe<ListCheck<NonNullable<T>, S>> : ListCheck<T, S>;
      type ListCheck<T, S> = T extends (infer U)[] ? NullableCheck<U, S>[] : GraphQLRecursivePick<T, S>;
      export type GraphQLRecursivePick<T, S> = { [K in keyof T & keyof S]: ScalarCheck<T[K], S[K]> };
    

export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

/** Mapping of federation types */
export type FederationTypes = {
  Command: Command;
  Plan: Plan;
  ProductionOrder: ProductionOrder;
  PurchaseOrder: PurchaseOrder;
  Shipment: Shipment;
  StockMovement: StockMovement;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Command:
    ( { __typename: 'Command' }
    & GraphQLRecursivePick<FederationTypes['Command'], {"id":true}> );
  Plan:
    ( { __typename: 'Plan' }
    & GraphQLRecursivePick<FederationTypes['Plan'], {"id":true}> );
  ProductionOrder:
    ( { __typename: 'ProductionOrder' }
    & GraphQLRecursivePick<FederationTypes['ProductionOrder'], {"id":true}> );
  PurchaseOrder:
    ( { __typename: 'PurchaseOrder' }
    & GraphQLRecursivePick<FederationTypes['PurchaseOrder'], {"id":true}> );
  Shipment:
    ( { __typename: 'Shipment' }
    & GraphQLRecursivePick<FederationTypes['Shipment'], {"id":true}> );
  StockMovement:
    ( { __typename: 'StockMovement' }
    & GraphQLRecursivePick<FederationTypes['StockMovement'], {"id":true}> );
};



/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  ApproveCommandInput: ApproveCommandInput;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  ApprovePlanInput: ApprovePlanInput;
  CancelCommandInput: CancelCommandInput;
  CancelProductionOrderInput: CancelProductionOrderInput;
  Command: ResolverTypeWrapper<CommandRow>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  CommandApproval: ResolverTypeWrapper<ApprovalRow>;
  CommandConnection: ResolverTypeWrapper<Omit<CommandConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['CommandEdge']>, nodes: ReadonlyArray<Maybe<ResolversTypes['Command']>> }>;
  CommandContent: ResolverTypeWrapper<ContentRow>;
  CommandEdge: ResolverTypeWrapper<Omit<CommandEdge, 'node'> & { node?: Maybe<ResolversTypes['Command']> }>;
  CommandEvent: ResolverTypeWrapper<EventRow>;
  CommandFault: CommandFault;
  CommandFilter: CommandFilter;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CommandPayload: ResolverTypeWrapper<Omit<CommandPayload, 'command'> & { command: ResolversTypes['Command'] }>;
  CommandState: CommandState;
  CommandType: CommandType;
  CreateProductionOrderInput: CreateProductionOrderInput;
  CreatePurchaseOrderInput: CreatePurchaseOrderInput;
  CreateShipmentInput: CreateShipmentInput;
  CreateStockTransferInput: CreateStockTransferInput;
  Date: ResolverTypeWrapper<Scalars['Date']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Decimal: ResolverTypeWrapper<Scalars['Decimal']['output']>;
  EditCommandInput: EditCommandInput;
  EditProductionOrderCommandInput: EditProductionOrderCommandInput;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Plan: ResolverTypeWrapper<PlanRow>;
  PlanConnection: ResolverTypeWrapper<Omit<PlanConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['PlanEdge']>, nodes: ReadonlyArray<Maybe<ResolversTypes['Plan']>> }>;
  PlanEdge: ResolverTypeWrapper<Omit<PlanEdge, 'node'> & { node?: Maybe<ResolversTypes['Plan']> }>;
  PlanPayload: ResolverTypeWrapper<Omit<PlanPayload, 'plan'> & { plan: ResolversTypes['Plan'] }>;
  PremiseFact: ResolverTypeWrapper<PremiseFact>;
  ProductionCancellationContent: ResolverTypeWrapper<ProductionCancellationContent>;
  ProductionOrder: ResolverTypeWrapper<FlatRow>;
  ProductionOrderContent: ResolverTypeWrapper<ProductionOrderContent>;
  ProductionOrderLineInput: ProductionOrderLineInput;
  ProductionReschedulingContent: ResolverTypeWrapper<ProductionReschedulingContent>;
  ProposeProductionPlanInput: ProposeProductionPlanInput;
  PurchaseOrder: ResolverTypeWrapper<FlatRow>;
  PurchaseOrderContent: ResolverTypeWrapper<PurchaseOrderContent>;
  PurchaseOrderInput: PurchaseOrderInput;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  RejectCommandInput: RejectCommandInput;
  RejectPlanInput: RejectPlanInput;
  RescheduleProductionOrderInput: RescheduleProductionOrderInput;
  ReschedulingInput: ReschedulingInput;
  RetryCommandInput: RetryCommandInput;
  SettleCommandInput: SettleCommandInput;
  Shipment: ResolverTypeWrapper<FlatRow>;
  ShipmentContent: ResolverTypeWrapper<ShipmentContent>;
  ShipmentInput: ShipmentInput;
  StockMovement: ResolverTypeWrapper<FlatRow>;
  StockTransferContent: ResolverTypeWrapper<StockTransferContent>;
  StockTransferInput: StockTransferInput;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  UserError: ResolverTypeWrapper<UserError>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  ApproveCommandInput: ApproveCommandInput;
  String: Scalars['String']['output'];
  ID: Scalars['ID']['output'];
  ApprovePlanInput: ApprovePlanInput;
  CancelCommandInput: CancelCommandInput;
  CancelProductionOrderInput: CancelProductionOrderInput;
  Command: CommandRow;
  Int: Scalars['Int']['output'];
  CommandApproval: ApprovalRow;
  CommandConnection: Omit<CommandConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['CommandEdge']>, nodes: ReadonlyArray<Maybe<ResolversParentTypes['Command']>> };
  CommandContent: ContentRow;
  CommandEdge: Omit<CommandEdge, 'node'> & { node?: Maybe<ResolversParentTypes['Command']> };
  CommandEvent: EventRow;
  CommandFilter: CommandFilter;
  Boolean: Scalars['Boolean']['output'];
  CommandPayload: Omit<CommandPayload, 'command'> & { command: ResolversParentTypes['Command'] };
  CreateProductionOrderInput: CreateProductionOrderInput;
  CreatePurchaseOrderInput: CreatePurchaseOrderInput;
  CreateShipmentInput: CreateShipmentInput;
  CreateStockTransferInput: CreateStockTransferInput;
  Date: Scalars['Date']['output'];
  DateTime: Scalars['DateTime']['output'];
  Decimal: Scalars['Decimal']['output'];
  EditCommandInput: EditCommandInput;
  EditProductionOrderCommandInput: EditProductionOrderCommandInput;
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  Plan: PlanRow;
  PlanConnection: Omit<PlanConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['PlanEdge']>, nodes: ReadonlyArray<Maybe<ResolversParentTypes['Plan']>> };
  PlanEdge: Omit<PlanEdge, 'node'> & { node?: Maybe<ResolversParentTypes['Plan']> };
  PlanPayload: Omit<PlanPayload, 'plan'> & { plan: ResolversParentTypes['Plan'] };
  PremiseFact: PremiseFact;
  ProductionCancellationContent: ProductionCancellationContent;
  ProductionOrder: FlatRow;
  ProductionOrderContent: ProductionOrderContent;
  ProductionOrderLineInput: ProductionOrderLineInput;
  ProductionReschedulingContent: ProductionReschedulingContent;
  ProposeProductionPlanInput: ProposeProductionPlanInput;
  PurchaseOrder: FlatRow;
  PurchaseOrderContent: PurchaseOrderContent;
  PurchaseOrderInput: PurchaseOrderInput;
  Query: Record<PropertyKey, never>;
  RejectCommandInput: RejectCommandInput;
  RejectPlanInput: RejectPlanInput;
  RescheduleProductionOrderInput: RescheduleProductionOrderInput;
  ReschedulingInput: ReschedulingInput;
  RetryCommandInput: RetryCommandInput;
  SettleCommandInput: SettleCommandInput;
  Shipment: FlatRow;
  ShipmentContent: ShipmentContent;
  ShipmentInput: ShipmentInput;
  StockMovement: FlatRow;
  StockTransferContent: StockTransferContent;
  StockTransferInput: StockTransferInput;
  Subscription: Record<PropertyKey, never>;
  UserError: UserError;
};

export type CommandResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['Command'] = ResolversParentTypes['Command'], FederationReferenceType extends FederationReferenceTypes['Command'] = FederationReferenceTypes['Command']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Command']> | FederationReferenceType, FederationReferenceType, ContextType>;
  acknowledgedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  approvals?: Resolver<ReadonlyArray<ResolversTypes['CommandApproval']>, ParentType, ContextType>;
  approvalsNeeded?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  changedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  confirmedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  content?: Resolver<ResolversTypes['CommandContent'], ParentType, ContextType>;
  contentHash?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  documentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  erpAnswer?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  fault?: Resolver<Maybe<ResolversTypes['CommandFault']>, ParentType, ContextType>;
  history?: Resolver<ReadonlyArray<ResolversTypes['CommandEvent']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  overtaken?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  plan?: Resolver<Maybe<ResolversTypes['Plan']>, ParentType, ContextType>;
  plantCode?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  premise?: Resolver<ReadonlyArray<ResolversTypes['PremiseFact']>, ParentType, ContextType>;
  productionOrder?: Resolver<Maybe<ResolversTypes['ProductionOrder']>, ParentType, ContextType>;
  proposedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  proposer?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  purchaseOrder?: Resolver<Maybe<ResolversTypes['PurchaseOrder']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  sentAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  shipment?: Resolver<Maybe<ResolversTypes['Shipment']>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['CommandState'], ParentType, ContextType>;
  stockMovement?: Resolver<Maybe<ResolversTypes['StockMovement']>, ParentType, ContextType>;
  type?: Resolver<ResolversTypes['CommandType'], ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CommandApprovalResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['CommandApproval'] = ResolversParentTypes['CommandApproval']> = {
  approver?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  scope?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  voidedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type CommandConnectionResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['CommandConnection'] = ResolversParentTypes['CommandConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['CommandEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Command']>>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type CommandContentResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['CommandContent'] = ResolversParentTypes['CommandContent']> = {
  __resolveType: TypeResolveFn<'ProductionCancellationContent' | 'ProductionOrderContent' | 'ProductionReschedulingContent' | 'PurchaseOrderContent' | 'ShipmentContent' | 'StockTransferContent', ParentType, ContextType>;
};

export type CommandEdgeResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['CommandEdge'] = ResolversParentTypes['CommandEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<Maybe<ResolversTypes['Command']>, ParentType, ContextType>;
};

export type CommandEventResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['CommandEvent'] = ResolversParentTypes['CommandEvent']> = {
  action?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  actor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  address?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  detail?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  fromState?: Resolver<Maybe<ResolversTypes['CommandState']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  toState?: Resolver<ResolversTypes['CommandState'], ParentType, ContextType>;
  traceId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type CommandPayloadResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['CommandPayload'] = ResolversParentTypes['CommandPayload']> = {
  command?: Resolver<ResolversTypes['Command'], ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export interface DateScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Date'], any> {
  name: 'Date';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export interface DecimalScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Decimal'], any> {
  name: 'Decimal';
}

export type MutationResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  approveCommand?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationApproveCommandArgs, 'input'>>;
  approvePlan?: Resolver<ResolversTypes['PlanPayload'], ParentType, ContextType, RequireFields<MutationApprovePlanArgs, 'input'>>;
  cancelCommand?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationCancelCommandArgs, 'input'>>;
  cancelProductionOrder?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationCancelProductionOrderArgs, 'input'>>;
  createProductionOrder?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationCreateProductionOrderArgs, 'input'>>;
  createPurchaseOrder?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationCreatePurchaseOrderArgs, 'input'>>;
  createShipment?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationCreateShipmentArgs, 'input'>>;
  createStockTransfer?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationCreateStockTransferArgs, 'input'>>;
  editCommand?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationEditCommandArgs, 'input'>>;
  editProductionOrderCommand?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationEditProductionOrderCommandArgs, 'input'>>;
  proposeProductionPlan?: Resolver<ResolversTypes['PlanPayload'], ParentType, ContextType, RequireFields<MutationProposeProductionPlanArgs, 'input'>>;
  rejectCommand?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationRejectCommandArgs, 'input'>>;
  rejectPlan?: Resolver<ResolversTypes['PlanPayload'], ParentType, ContextType, RequireFields<MutationRejectPlanArgs, 'input'>>;
  rescheduleProductionOrder?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationRescheduleProductionOrderArgs, 'input'>>;
  retryCommand?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationRetryCommandArgs, 'input'>>;
  settleCommand?: Resolver<ResolversTypes['CommandPayload'], ParentType, ContextType, RequireFields<MutationSettleCommandArgs, 'input'>>;
};

export type PageInfoResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PlanResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['Plan'] = ResolversParentTypes['Plan'], FederationReferenceType extends FederationReferenceTypes['Plan'] = FederationReferenceTypes['Plan']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Plan']> | FederationReferenceType, FederationReferenceType, ContextType>;
  commands?: Resolver<ReadonlyArray<ResolversTypes['Command']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  note?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  proposedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  proposer?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PlanConnectionResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['PlanConnection'] = ResolversParentTypes['PlanConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['PlanEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Plan']>>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type PlanEdgeResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['PlanEdge'] = ResolversParentTypes['PlanEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<Maybe<ResolversTypes['Plan']>, ParentType, ContextType>;
};

export type PlanPayloadResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['PlanPayload'] = ResolversParentTypes['PlanPayload']> = {
  plan?: Resolver<ResolversTypes['Plan'], ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type PremiseFactResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['PremiseFact'] = ResolversParentTypes['PremiseFact']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ProductionCancellationContentResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['ProductionCancellationContent'] = ResolversParentTypes['ProductionCancellationContent']> = {
  productionOrderId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ProductionOrderResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['ProductionOrder'] = ResolversParentTypes['ProductionOrder'], FederationReferenceType extends FederationReferenceTypes['ProductionOrder'] = FederationReferenceTypes['ProductionOrder']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['ProductionOrder']> | FederationReferenceType, FederationReferenceType, ContextType>;
  commands?: Resolver<Maybe<ReadonlyArray<Maybe<ResolversTypes['Command']>>>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type ProductionOrderContentResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['ProductionOrderContent'] = ResolversParentTypes['ProductionOrderContent']> = {
  plannedEndDate?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  plannedStartDate?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  plantCode?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  productId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  quantity?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ProductionReschedulingContentResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['ProductionReschedulingContent'] = ResolversParentTypes['ProductionReschedulingContent']> = {
  plannedEndDate?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  plannedStartDate?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  productionOrderId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PurchaseOrderResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['PurchaseOrder'] = ResolversParentTypes['PurchaseOrder'], FederationReferenceType extends FederationReferenceTypes['PurchaseOrder'] = FederationReferenceTypes['PurchaseOrder']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['PurchaseOrder']> | FederationReferenceType, FederationReferenceType, ContextType>;
  commands?: Resolver<Maybe<ReadonlyArray<Maybe<ResolversTypes['Command']>>>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type PurchaseOrderContentResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['PurchaseOrderContent'] = ResolversParentTypes['PurchaseOrderContent']> = {
  plannedDate?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  plantCode?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  productId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  quantity?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  supplierId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type QueryResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  command?: Resolver<Maybe<ResolversTypes['Command']>, ParentType, ContextType, RequireFields<QueryCommandArgs, 'id'>>;
  commands?: Resolver<Maybe<ResolversTypes['CommandConnection']>, ParentType, ContextType, Partial<QueryCommandsArgs>>;
  plan?: Resolver<Maybe<ResolversTypes['Plan']>, ParentType, ContextType, RequireFields<QueryPlanArgs, 'id'>>;
  plans?: Resolver<Maybe<ResolversTypes['PlanConnection']>, ParentType, ContextType, Partial<QueryPlansArgs>>;
};

export type ShipmentResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['Shipment'] = ResolversParentTypes['Shipment'], FederationReferenceType extends FederationReferenceTypes['Shipment'] = FederationReferenceTypes['Shipment']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Shipment']> | FederationReferenceType, FederationReferenceType, ContextType>;
  commands?: Resolver<Maybe<ReadonlyArray<Maybe<ResolversTypes['Command']>>>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type ShipmentContentResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['ShipmentContent'] = ResolversParentTypes['ShipmentContent']> = {
  plannedDate?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  salesOrderId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StockMovementResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['StockMovement'] = ResolversParentTypes['StockMovement'], FederationReferenceType extends FederationReferenceTypes['StockMovement'] = FederationReferenceTypes['StockMovement']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['StockMovement']> | FederationReferenceType, FederationReferenceType, ContextType>;
  commands?: Resolver<Maybe<ReadonlyArray<Maybe<ResolversTypes['Command']>>>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type StockTransferContentResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['StockTransferContent'] = ResolversParentTypes['StockTransferContent']> = {
  fromLocationId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  plannedDate?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  productId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  quantity?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  toLocationId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  commandChanged?: SubscriptionResolver<Maybe<ResolversTypes['Command']>, "commandChanged", ParentType, ContextType, RequireFields<SubscriptionCommandChangedArgs, 'id'>>;
};

export type UserErrorResolvers<ContextType = SubgraphContext, ParentType extends ResolversParentTypes['UserError'] = ResolversParentTypes['UserError']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
};

export type Resolvers<ContextType = SubgraphContext> = {
  Command?: CommandResolvers<ContextType>;
  CommandApproval?: CommandApprovalResolvers<ContextType>;
  CommandConnection?: CommandConnectionResolvers<ContextType>;
  CommandContent?: CommandContentResolvers<ContextType>;
  CommandEdge?: CommandEdgeResolvers<ContextType>;
  CommandEvent?: CommandEventResolvers<ContextType>;
  CommandPayload?: CommandPayloadResolvers<ContextType>;
  Date?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  Decimal?: GraphQLScalarType;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Plan?: PlanResolvers<ContextType>;
  PlanConnection?: PlanConnectionResolvers<ContextType>;
  PlanEdge?: PlanEdgeResolvers<ContextType>;
  PlanPayload?: PlanPayloadResolvers<ContextType>;
  PremiseFact?: PremiseFactResolvers<ContextType>;
  ProductionCancellationContent?: ProductionCancellationContentResolvers<ContextType>;
  ProductionOrder?: ProductionOrderResolvers<ContextType>;
  ProductionOrderContent?: ProductionOrderContentResolvers<ContextType>;
  ProductionReschedulingContent?: ProductionReschedulingContentResolvers<ContextType>;
  PurchaseOrder?: PurchaseOrderResolvers<ContextType>;
  PurchaseOrderContent?: PurchaseOrderContentResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Shipment?: ShipmentResolvers<ContextType>;
  ShipmentContent?: ShipmentContentResolvers<ContextType>;
  StockMovement?: StockMovementResolvers<ContextType>;
  StockTransferContent?: StockTransferContentResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  UserError?: UserErrorResolvers<ContextType>;
};

