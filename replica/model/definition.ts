/**
 * A read model as the engine maintains it: checked, analysed and identified by the hash of all that shapes its rows.
 *
 * Its table is named by that hash, so that a changed definition is a new table beside the old one.
 * Stored in `skiff.read_model`: whoever applies changes maintains every stored definition,
 * also one that its own files no longer know.
 */
import { createHash } from 'node:crypto';

export interface KeyColumn {
  readonly column: string;
  readonly type: string;
}

/** A mirrored table or another read model that the SELECT stands on. */
export interface Source {
  /** `stock_move`, or `read.stock_month`. */
  readonly name: string;
  /** The definition a `read.` source means. */
  readonly hash?: string;
  readonly key: readonly KeyColumn[];
  /** SELECT of the touched keys, `$1, $2…` being arrays of the source's key columns. */
  readonly keys: string;
  /** Columns of the source that the rows or their keys depend on. Changes of others touch nothing. */
  readonly uses: readonly string[];
  /** Those of them that `keys` reads: when one changes, the keys it gave before count as well. */
  readonly keysUse: readonly string[];
}

export interface IndexDefinition {
  readonly name: string;
  /** What stands after `on <table>`. */
  readonly definition: string;
}

export interface Definition {
  readonly hash: string;
  readonly model: string;
  /** The flat type it serves; null for an intermediate. */
  readonly type: string | null;
  readonly key: readonly KeyColumn[];
  /** The mirrored table of which each row is one, under the same key; null where it is not known to be one's. */
  readonly base: string | null;
  readonly columns: Readonly<Record<string, string>>;
  readonly select: string;
  readonly sources: readonly Source[];
  readonly indexes: readonly IndexDefinition[];
  /** Says whose plant a row is; null where rows belong to none, and for an intermediate. */
  readonly plant: string | null;
  /** Columns whose old and new values the change log keeps. */
  readonly logged: readonly string[];
}

/** `delayed_shipment_3fa92c1b`: the name of its table in `read` and of its view in `model`. */
export const physicalName = ({ model, hash }: { model: string; hash: string }): string => `${model}_${hash}`;
export const readTable = (definition: { model: string; hash: string }): string => `read."${physicalName(definition)}"`;
export const modelView = (definition: { model: string; hash: string }): string => `model."${physicalName(definition)}"`;

export const hashOf = (definition: Omit<Definition, 'hash'>): string =>
  createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 8);
