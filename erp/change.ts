/**
 * What an ERP did to one row, as a capture hands it to the replica.
 *
 * Values are the text that PostgreSQL prints under `DateStyle=ISO`, `IntervalStyle=iso_8601`
 * and `TimeZone=UTC`: no JavaScript Date or number is ever made of them, so none is ever rounded
 * or shifted. `null` is SQL NULL. A column that is absent from a row is *unchanged* (PostgreSQL does
 * not send a large value again that an update left alone): the replica keeps what it has.
 */
export type RowText = Readonly<Record<string, string | null>>;

export type Change =
  | {
      readonly op: 'upsert';
      readonly table: string;
      readonly row: RowText;
      /** The primary key before, if this change altered it: that row is gone, and absent columns come from it. */
      readonly oldKey?: RowText;
    }
  | { readonly op: 'delete'; readonly table: string /** The primary-key columns alone. */; readonly key: RowText }
  | { readonly op: 'truncate'; readonly table: string };
