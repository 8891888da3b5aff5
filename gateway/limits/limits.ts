/**
 * What a document may ask for at the most. Measured before it is planned, so that no document costs more
 * than its own reading.
 */
export interface Limits {
  /** Of the document's text. */
  readonly tokens: number;
  /** Fields within fields. */
  readonly depth: number;
  /** The same within `__schema` and `__type`; the query GraphiQL asks is 14 deep. */
  readonly introspectionDepth: number;
  /** Fields, each fragment counted as often as it is spread. */
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  /** Rows and other objects in the answer, as the lists' sizes promise. */
  readonly cost: number;
}

export const DEFAULT_LIMITS: Limits = {
  tokens: 2_000,
  depth: 12,
  introspectionDepth: 16,
  fields: 2_000,
  aliases: 50,
  directives: 50,
  cost: 20_000,
};
