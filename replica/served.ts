/**
 * Which read models this process answers from.
 *
 * A definition that changed is built beside the one that is served and takes its place once it is
 * ready: `get` may give another table tomorrow. A request therefore asks once per type and keeps
 * what it got to its end.
 */

export interface ServedColumn {
  readonly column: string;
  /** SQL type, as `format_type` prints it. */
  readonly type: string;
}

export interface ServedModel {
  /** The flat type's name. */
  readonly type: string;
  /** Of the definition: another hash is another table. */
  readonly hash: string;
  /** Quoted, e.g. `read."shipment_ab12cd34"`. */
  readonly table: string;
  readonly key: readonly ServedColumn[];
  /** SQL types by column. */
  readonly columns: Readonly<Record<string, string>>;
  /** Columns whose old and new values the change log tells. */
  readonly logged: readonly string[];
}

export interface ModelFreshness {
  /** The latest time at which this read model was complete. */
  readonly asOf: Date;
  /** Up to when rows that are gone are known to be: `asOf` where the ERP's stream tells, or else the last key sweep. */
  readonly deletionsAsOf: Date;
  /** A row is missing, because its key is in quarantine. */
  readonly incomplete: boolean;
  /** It no longer follows the ERP: `asOf` stands still. */
  readonly stopped: boolean;
}

export interface ServedModels {
  has(type: string): boolean;
  /** Throws when the type is not served. */
  get(type: string): ServedModel;
  freshness(type: string): ModelFreshness;
}
