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

/**
 * An export's rows come in the order of an index, and each looks up what it refers to: the first of them is there at
 * once, and no row waits for all the others to be hashed or sorted.
 */
export const exportSettings = {
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  max_parallel_workers_per_gather: '0',
} as const;
