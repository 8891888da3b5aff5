/**
 * A table of an ERP's REST API, declared in a connector:
 *
 *     { table: 'sales_item', path: '/api/v1/sales_item', updatedField: 'updated_at', versionField: 'version', rowsPerPage: 1_000, … }
 *
 * Rows come as JSON objects that name the mirrored columns as the mirror does.
 */
export interface Resource {
  /** The mirrored table it fills. */
  readonly table: string;
  readonly path: string;
  /** Of a row: when it was written, ISO with a zone. */
  readonly updatedField: string;
  /** Of a row: an integer that grows with every write of it, its return after a deletion included. */
  readonly versionField: string;
  /** To be asked for; the ERP may give fewer. */
  readonly rowsPerPage: number;
  readonly keysPerPage: number;
  /**
   * How a walk goes on: after the last key, or by the page's number. Where an ERP refuses keys, its pages are counted.
   * Counted pages are in the order of `updatedField`.
   */
  readonly paging: 'keys' | 'pages';
}
