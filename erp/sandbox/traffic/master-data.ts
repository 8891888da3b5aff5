/** What changes rarely and is shown in many places: prices now and then, names and addresses hardly ever. */
import { again, anyCustomer, anyOf, anyProduct, type TransactionKind } from './kind.ts';

const price: TransactionKind = {
  name: 'price',
  share: 12,
  random: 2,
  sql: /* sql */ `
    update sales_price set amount = round(amount * (0.95 + 0.1 * $2::float8)::numeric, 1), valid_from = current_date
    where material_no = ${anyProduct('$1::float8')} and company_code = '1000' and price_list = '01'
    returning material_no as document`,
};

const cost: TransactionKind = {
  name: 'standard price',
  share: 3,
  random: 2,
  sql: /* sql */ `
    update material_valuation set standard_price = round(standard_price * (0.98 + 0.04 * $2::float8)::numeric, 4)
    where material_no = ${anyProduct('$1::float8')} and company_code = '1000'
    returning material_no as document`,
};

/** Some are marked, others lose the mark again: names do not grow. */
const product: TransactionKind = {
  name: 'product renamed',
  share: 0.5,
  random: 1,
  sql: /* sql */ `
    update material_text set short_text = case when short_text like '% (new)' then left(short_text, -6) else left(short_text, 54) || ' (new)' end
    where material_no = ${anyProduct('$1::float8')} and language_code = 'EN'
    returning material_no as document`,
};

const customer: TransactionKind = {
  name: 'customer renamed',
  share: 0.5,
  random: 1,
  sql: /* sql */ `
    update business_partner set name1 = case when name1 like '% Group' then left(name1, -6) else left(name1, 54) || ' Group' end
    where partner_no = ${anyCustomer('$1::float8')}
    returning partner_no as document`,
};

const address: TransactionKind = {
  name: 'customer moved',
  share: 2,
  random: 2,
  sql: /* sql */ `
    update bp_address set street = ${anyOf(['Hauptstraße', 'Marktplatz', 'Ringstraße', 'Parkweg'], '$2::float8')} || ' ' || (1 + floor(${again('$2', 11)} * 99))::int
    where partner_no = ${anyCustomer('$1::float8')} and address_no = 1
    returning partner_no as document`,
};

export const masterDataKinds: readonly TransactionKind[] = [price, cost, product, customer, address];
