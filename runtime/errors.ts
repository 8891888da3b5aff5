/**
 * Every error code of the house, in two lists that must not mix.
 *
 * `ErrorCode` is what a client may see: closed, published, and all that leaves the house. A
 * `SkiffError` carries one in `extensions`, where graphql-js finds it, so no layer translates.
 * `FaultCode` is what an operator must mend (a lost slot, a read model that is wrong): an
 * `OperatorFault` has no `extensions` on purpose, and a client sees INTERNAL_SERVER_ERROR of it.
 */

export const ErrorCode = {
  /** The document does not parse or validate, or an argument is out of its bounds. */
  BadUserInput: 'BAD_USER_INPUT',
  /** No caller could be made out of the request. */
  Unauthenticated: 'UNAUTHENTICATED',
  /** The caller may not do this. A row that may not be seen is not this: it is as if missing. */
  Forbidden: 'FORBIDDEN',
  /** What was named does not exist, or not for this caller. */
  NotFound: 'NOT_FOUND',
  /** The document is nested too deep. */
  DepthLimit: 'DEPTH_LIMIT',
  /** The document may cost too much, by its lists' sizes. */
  CostLimit: 'COST_LIMIT',
  /** This caller has spent its share. */
  RateLimited: 'RATE_LIMITED',
  /** No document is registered under this hash or name. */
  PersistedDocumentNotFound: 'PERSISTED_DOCUMENT_NOT_FOUND',
  /** This server answers registered documents only. */
  PersistedDocumentOnly: 'PERSISTED_DOCUMENT_ONLY',
  /** A part of the graph does not answer. */
  SubgraphUnavailable: 'SUBGRAPH_UNAVAILABLE',
  /** The request's deadline passed. */
  GatewayTimeout: 'GATEWAY_TIMEOUT',
  /** The replica has not applied what this read must see, in the time given. */
  StaleData: 'STALE_DATA',
  /** The position the client has seen is not applied here yet. */
  NotYetVisible: 'NOT_YET_VISIBLE',
  /** The ERP does not answer, or its call budget is spent. */
  ErpUnavailable: 'ERP_UNAVAILABLE',
  /** The cursor's order or filter is not this query's, or its rows were rebuilt. */
  CursorExpired: 'CURSOR_EXPIRED',
  /** The idempotency key was used before with another payload. */
  IdempotencyConflict: 'IDEMPOTENCY_CONFLICT',
  /** A bug of ours, or a fault an operator must mend. The log has it whole, under the request's id. */
  InternalServerError: 'INTERNAL_SERVER_ERROR',
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** What a client can do about it, in one line each. */
export const errorRemedies: Readonly<Record<ErrorCode, string>> = {
  BAD_USER_INPUT: 'Correct the document or its variables; the message names the place.',
  UNAUTHENTICATED: 'Send a valid access token.',
  FORBIDDEN: 'Ask an administrator for the right this needs.',
  NOT_FOUND: 'Check the id or the name.',
  DEPTH_LIMIT: 'Nest less deeply, or ask in two documents.',
  COST_LIMIT: 'Ask for fewer rows per list (`first`), or for fewer nested lists.',
  RATE_LIMITED: 'Retry after `retryAfterMs`.',
  PERSISTED_DOCUMENT_NOT_FOUND: 'Register the document, or correct its hash or name.',
  PERSISTED_DOCUMENT_ONLY: 'Register the document, then send its hash.',
  SUBGRAPH_UNAVAILABLE: 'Retry; the rest of the answer stands.',
  GATEWAY_TIMEOUT: 'Retry, or ask for less at once.',
  STALE_DATA: 'Retry, or allow a larger `Skiff-Max-Staleness`.',
  NOT_YET_VISIBLE: 'Retry after `retryAfterMs`.',
  ERP_UNAVAILABLE: 'Retry after `retryAfterMs`.',
  CURSOR_EXPIRED: 'Begin again at the first page.',
  IDEMPOTENCY_CONFLICT: 'Use a new idempotency key for a new payload.',
  INTERNAL_SERVER_ERROR: 'Report it with its `requestId`.',
};

/** An error that a client may see. Its message must name nothing internal: no SQL, URL or stack. */
export class SkiffError extends Error {
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: ErrorCode };

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.extensions = { ...details, code };
  }
}

export const FaultCode = {
  /** Settings that cannot be understood, or do not go together. */
  Configuration: 'CONFIGURATION',
  /** Our own database does not answer. */
  DatabaseUnreachable: 'DATABASE_UNREACHABLE',
  /** Our own database is of a version, or was made in a way, that this Skiff cannot use. */
  DatabaseUnfit: 'DATABASE_UNFIT',
  /** The embedded PostgreSQL cannot be started. */
  EmbeddedPostgres: 'EMBEDDED_POSTGRES',
  /** The ERP's database does not answer, or refuses the login. */
  ErpDatabaseUnreachable: 'ERP_DATABASE_UNREACHABLE',
  /** The ERP's database has logical replication switched off. */
  LogicalReplicationOff: 'LOGICAL_REPLICATION_OFF',
  /** The ERP's database is of a version, or in a state, that cannot be captured from. */
  ErpDatabaseUnfit: 'ERP_DATABASE_UNFIT',
  /** The ERP's API does not let us in. */
  ErpApiRefused: 'ERP_API_REFUSED',
  /** The ERP's API does not answer as the connector declares it. */
  ErpApiUnfit: 'ERP_API_UNFIT',
  /** The role may not replicate. */
  ReplicationRightMissing: 'REPLICATION_RIGHT_MISSING',
  /** The role may not read a table that is mirrored. */
  SelectRightMissing: 'SELECT_RIGHT_MISSING',
  /** The ERP's database lacks the publication the capture reads, or it lacks tables. */
  PublicationMissing: 'PUBLICATION_MISSING',
  /** A table or column that the connector mirrors is not in the ERP's database. */
  TableMissing: 'TABLE_MISSING',
  /** A mirrored table cannot be captured as it is: its rows have no key that is streamed. */
  TableUnfit: 'TABLE_UNFIT',
  /** The ERP's database has no replication slot left. */
  SlotsExhausted: 'SLOTS_EXHAUSTED',
  /** Somebody else reads from our replication slot. */
  SlotInUse: 'SLOT_IN_USE',
  /** The slot is gone, or the ERP has dropped WAL that it needed. A new snapshot follows by itself. */
  SlotLost: 'SLOT_LOST',
  /** A transaction that the ERP leaves open keeps the server from removing WAL, though we have read it. */
  SlotHeldBack: 'SLOT_HELD_BACK',
  /** A read model's file does not keep the rules, or does not fit its type. */
  ReadModelInvalid: 'READ_MODEL_INVALID',
  /** A registered document does not fit the schema, or its file cannot be read. */
  DocumentInvalid: 'DOCUMENT_INVALID',
  /** A read model no longer follows the ERP; it answers as of where it stopped. */
  ReadModelStopped: 'READ_MODEL_STOPPED',
} as const;
export type FaultCode = (typeof FaultCode)[keyof typeof FaultCode];

/** What an operator can do about it, in general. A fault that knows more says so itself. */
export const faultRemedies: Readonly<Record<FaultCode, string>> = {
  CONFIGURATION: 'Correct the settings named and start again.',
  DATABASE_UNREACHABLE:
    'Check SKIFF_DATABASE_URL and that the server accepts connections, or unset it to use the embedded PostgreSQL.',
  DATABASE_UNFIT: 'Point SKIFF_DATABASE_URL or SKIFF_DATA_DIR at another database.',
  EMBEDDED_POSTGRES: 'See the log file named; SKIFF_DATABASE_URL points Skiff at a PostgreSQL of your own instead.',
  ERP_DATABASE_UNREACHABLE: "Check SKIFF_ERP_DATABASE_URL, and that the ERP's server lets this machine in.",
  LOGICAL_REPLICATION_OFF: "Set wal_level = logical in the ERP's PostgreSQL and restart it.",
  ERP_DATABASE_UNFIT: "Point SKIFF_ERP_DATABASE_URL at the ERP's primary server, PostgreSQL 11 or later.",
  ERP_API_REFUSED: 'Correct SKIFF_ERP_URL, SKIFF_ERP_USER and SKIFF_ERP_PASSWORD and start again.',
  ERP_API_UNFIT: "Check that the connector fits the ERP's version; correct the resource it declares.",
  REPLICATION_RIGHT_MISSING: 'Run what `npm start -- erp-setup` prints as administrator of the ERP database.',
  SELECT_RIGHT_MISSING: 'Run what `npm start -- erp-setup` prints as administrator of the ERP database.',
  PUBLICATION_MISSING: 'Run what `npm start -- erp-setup` prints as administrator of the ERP database.',
  TABLE_MISSING: "Check that the connector fits the ERP's version; correct its list of tables.",
  TABLE_UNFIT: 'Give the table the primary key that the connector declares, or correct the connector.',
  SLOTS_EXHAUSTED: "Raise max_replication_slots in the ERP's PostgreSQL and restart it, or drop a slot nobody uses.",
  SLOT_IN_USE: 'Stop the other Skiff that reads the same ERP with the same slot, or give this one a slot of its own.',
  SLOT_LOST: 'Nothing to do now. Should it happen again, raise SKIFF_SLOT_LIMIT_BYTES.',
  SLOT_HELD_BACK: 'End that transaction in the ERP. Above SKIFF_SLOT_HARD_LIMIT_BYTES the slot is dropped.',
  READ_MODEL_INVALID: 'Correct the file named; `npm run check:read-models` checks them all.',
  DOCUMENT_INVALID: 'Correct the document named, or let the schema keep what it uses; `npm run check` checks them all.',
  READ_MODEL_STOPPED: 'Adapt the connector to the change named and start again.',
};

/** A fault that a person must mend: named, with what to do. Logged, never sent to a client. */
export class OperatorFault extends Error {
  readonly code: FaultCode;
  readonly remedy: string;

  constructor(code: FaultCode, message: string, remedy: string = faultRemedies[code], options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.remedy = remedy;
  }
}
