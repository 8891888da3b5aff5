/**
 * The declarations of the flat types, as `npm run generate` reads them from the SDL.
 *
 * They stand in `schema/flat-types.json`; replica, subgraphs and compiler are handed them,
 * so that none of these knows GraphQL's syntax.
 */
export type ScalarName = 'ID' | 'String' | 'Int' | 'Float' | 'Boolean' | 'Decimal' | 'BigInt' | 'Date' | 'DateTime';

export interface FlatField {
  readonly name: string;
  /** The read model's column. */
  readonly column: string;
  /** A scalar's name, or an enum's. */
  readonly type: string;
  /** The values of an enum, else absent. */
  readonly values?: readonly string[];
  readonly nullable: boolean;
  readonly filter?: true;
  readonly sort?: true;
  readonly search?: true;
  /** SQL over the row's columns and `$today`; such a field has no column of its own. */
  readonly computed?: string;
}

/** A field that leads to another flat type. */
export interface FlatReference {
  readonly name: string;
  readonly to: string;
  /** `one`: `by` is a field of this type that holds the other's id. `many`: a field of the other type that holds mine. */
  readonly cardinality: 'one' | 'many';
  readonly by: string;
}

export interface FlatType {
  /** As in GraphQL: `DelayedShipment`. */
  readonly name: string;
  /** The read model's name: `delayed_shipment`. */
  readonly model: string;
  readonly subgraph: string;
  /** SQL condition on every read, over the row's columns and `$today`. */
  readonly where?: string;
  /** The field that says whose plant the row is; or why there is none. */
  readonly plant?: { readonly field: string } | { readonly none: string };
  readonly fields: readonly FlatField[];
}

export interface FlatSchema {
  readonly types: readonly FlatType[];
  /** References by the subgraph that declares them; a subgraph may add references to another's type. */
  readonly references: readonly (FlatReference & { readonly subgraph: string; readonly from: string })[];
}

/** The field that says whose plant a row is; undefined where rows belong to no plant. */
export const plantField = ({ plant, fields }: FlatType): FlatField | undefined =>
  plant && 'field' in plant ? fields.find(({ name }) => name === plant.field) : undefined;

/** Whether an answer about its rows may be another one tomorrow, though no row has changed. */
export const dependsOnDay = ({ where, fields }: FlatType): boolean =>
  [where, ...fields.map(({ computed }) => computed)].some((sql) => sql?.includes('$today'));
