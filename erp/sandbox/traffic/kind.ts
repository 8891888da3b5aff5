/**
 * A kind of business transaction: one SQL statement, so that it is one ERP transaction and one round trip.
 *
 * It chooses what it works on by random numbers, `$1, $2 …` in [0, 1), and answers with the number of the
 * document it touched, or with no row when it found nothing to do. Documents are found through primary keys alone,
 * the only indexes the ERP has: from somewhere among the latest, look on until one is in the right state. Rows that
 * another transaction holds are passed over.
 */

export interface TransactionKind {
  readonly name: string;
  /** How often, in relation to the others. */
  readonly share: number;
  /** How many random numbers it takes. */
  readonly random: number;
  readonly sql: string;
}

/** SQL: the text of a number, with leading zeros. */
export const no = (number: string): string => `lpad((${number})::bigint::text, 10, '0')`;

/** Where a number range of documents begins in the seed. */
const BEGIN = {
  sales_order: 1_000_000,
  delivery: 80_000_000,
  purchase: 45_000_000,
  inbound: 18_000_000,
  production: 6_000_000,
  invoice: 90_000_000,
} as const;

/**
 * SQL: a number among the latest `share` of a range's documents.
 *
 * @param random SQL of a number in [0, 1)
 */
export const recent = (range: keyof typeof BEGIN, share: number, random: string): string =>
  `(select ${no(`last_value - floor(${random} * ${share} * (last_value - ${BEGIN[range]}))`)} from number_${range})`;

/** How many rows are looked at before a transaction gives up. */
const LOOKED_AT = 400;

interface Near {
  readonly table: string;
  readonly key: string;
  /** SQL of the first key column's value to look from. */
  readonly from: string;
  /** SQL condition on the row, `t`. */
  readonly where: string;
}

/** SQL: the first fitting row from there on, locked. */
export const near = ({ table, key, from, where }: Near): string => {
  const [first = key] = key.split(', ');
  return /* sql */ `
    select t.* from ${table} t
    join (select ${key} from (select * from ${table} where ${first} >= ${from} order by ${key} limit ${LOOKED_AT}) t
      where ${where} order by ${key} limit 4) found using (${key})
    where ${where} order by ${key} limit 1 for update of t skip locked`;
};

/** SQL: a product for sale, the first ones more often. */
export const anyProduct = (random: string): string => /* sql */ `(
    select material_no from sales_price
    where price_list = '01' and material_no >= ${no(`100000 + floor(power(${random}, 1.7) * ((select max(material_no) from sales_price where material_no < '0000900000')::int - 100000))`)}
    order by material_no limit 1)`;

/** SQL: a customer, the first ones more often. */
export const anyCustomer = (random: string): string => /* sql */ `(
    select partner_no from customer_company
    where partner_no >= ${no(`200001 + floor(power(${random}, 1.5) * ((select max(partner_no) from customer_company)::int - 200000))`)}
    order by partner_no limit 1)`;

/** SQL: a word of a list. */
export const anyOf = (words: readonly string[], random: string): string =>
  `(array[${words.map((word) => `'${word}'`).join(', ')}])[1 + floor(${random} * ${words.length})::int]`;

/** SQL: the same for another use of one random number. */
export const again = (random: string, times: number): string =>
  `mod((${random} * ${times})::numeric, 1)::double precision`;

/** The period that a movement of today belongs to. */
export const thisPeriod = `(date_part('year', current_date) * 100 + date_part('month', current_date))::int`;
