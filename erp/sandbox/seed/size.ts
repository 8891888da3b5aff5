/** How much of everything there is for a number of shipment lines. */

export interface SeedSettings {
  /** Shipment lines; everything else is in proportion. */
  readonly lines: number;
  /** The sandbox's today, `YYYY-MM-DD`. All dates are relative to it. */
  readonly baseDate: string;
  /** Share of order lines that are for the first product, beside those it gets anyway: for measuring a rename. */
  readonly hotProductShare?: number;
  /** Stock movements beside those of the documents, spread over so many months before the base date. */
  readonly history?: { readonly movements: number; readonly months: number };
}

export interface SeedSize {
  readonly baseDate: string;
  readonly hotProductShare: number;
  readonly history: { readonly movements: number; readonly months: number };
  readonly lines: number;
  /** Orders that are delivered or being so: four lines each. */
  readonly deliveredOrders: number;
  /** All orders: also new ones without a delivery, and every 41st is an offer or was given up. */
  readonly orders: number;
  readonly customers: number;
  readonly suppliers: number;
  /** Products number 0 to `products`: made for sale, bought for sale, semi-finished, bought for use. */
  readonly products: number;
  readonly finished: number;
  readonly sellable: number;
  readonly made: number;
  readonly productionOrders: number;
  readonly purchaseOrders: number;
}

/** The number of sales orders of which `delivered` are delivered, given that every 41st is not. */
const withGaps = (delivered: number): number => delivered + Math.floor((delivered - 1) / 40);

export function seedSize({ lines, baseDate, hotProductShare = 0, history }: SeedSettings): SeedSize {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(baseDate)) throw new TypeError(`Not a date: "${baseDate}"`);
  if (!Number.isInteger(lines) || lines < 1) throw new TypeError(`Not a number of shipment lines: ${lines}`);
  const hundreds = Math.ceil(lines / 5_000);
  const deliveredOrders = Math.ceil(lines / 4);
  return {
    baseDate,
    hotProductShare,
    history: history ?? { movements: 0, months: 0 },
    lines,
    deliveredOrders,
    orders: withGaps(Math.ceil(deliveredOrders * 1.04)),
    customers: Math.max(40, Math.ceil(lines / 100)),
    suppliers: 5 * hundreds,
    products: 100 * hundreds,
    finished: 50 * hundreds,
    sellable: 60 * hundreds,
    made: 70 * hundreds,
    productionOrders: Math.max(40, Math.ceil(lines / 20)),
    purchaseOrders: Math.max(40, Math.ceil(lines / 20)),
  };
}
