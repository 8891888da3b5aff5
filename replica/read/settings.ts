/**
 * How PostgreSQL plans and bounds the reads of read models; set on every connection they run on.
 */
export const readSettings = {
  /** A list that takes longer has no index for what it asks; it ends as COST_LIMIT. */
  statement_timeout: '2000',
  /**
   * Read models are read by index, and what is read often is cached: the rows visited are the cost. With the
   * default costs of pages PostgreSQL prefers an index in the table's own order, visits every row of the
   * order and throws away those of other plants (measured at 100,000 rows: 1,507 blocks instead of 6).
   */
  seq_page_cost: '0.1',
  random_page_cost: '0.1',
  /** Compiling costs more than any of these statements. */
  jit: 'off',
} as const;
