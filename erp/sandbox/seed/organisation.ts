/** What does not grow with the size: units, countries, plants and their locations, work centers, cost centers, carriers. */
import type pg from 'pg';
import {
  carriers,
  costCenters,
  costElements,
  countries,
  locationKinds,
  materialGroups,
  operations,
  paymentTerms,
  plants,
  units,
  workCenters,
} from './names.ts';
import type { SeedSize } from './size.ts';
import { insertRows, type Step } from './step.ts';

const currencies: readonly (readonly [code: string, name: string])[] = [
  ['EUR', 'Euro'],
  ['CHF', 'Swiss franc'],
  ['CZK', 'Czech koruna'],
  ['PLN', 'Polish zloty'],
  ['SEK', 'Swedish krona'],
  ['HUF', 'Hungarian forint'],
];

/** The number of a carrier as a business partner. */
export const carrierPartner = (at: number): string => String(390_001 + at).padStart(10, '0');

export async function seedOrganisation(client: pg.ClientBase): Promise<void> {
  const insert = (table: string, rows: readonly Record<string, unknown>[]) =>
    insertRows(client, table, rows.map(dated));

  await insert(
    'currency',
    currencies.map(([currency_code, name]) => ({ currency_code, name, decimals: 2 })),
  );
  await insert('country', [
    ...countries.map(({ code, name, currency }) => ({ country_code: code, name, currency_code: currency })),
    { country_code: 'HU', name: 'Hungary', currency_code: 'HUF' },
  ]);
  await insert(
    'uom',
    units.map(([uom_code, dimension, decimals]) => ({ uom_code, dimension, decimals })),
  );
  await insert(
    'uom_text',
    units.flatMap(([uom_code, , , en, nameEn, de, nameDe]) => [
      { uom_code, language_code: 'EN', symbol: en, name: nameEn },
      { uom_code, language_code: 'DE', symbol: de, name: nameDe },
    ]),
  );
  await insert(
    'payment_term',
    paymentTerms.map(([payment_term, net_days, discount_days, discount_percent, description]) => {
      return { payment_term, net_days, discount_days, discount_percent, description };
    }),
  );
  await insert('company_code', [
    { company_code: '1000', name: 'Donau Fluid Technology AG', city: 'Wien', country_code: 'AT', currency_code: 'EUR' },
  ]);
  await insert(
    'plant',
    plants.map(([plant_code, , name, street, postal_code, city, country_code]) => {
      return { plant_code, company_code: '1000', name, street, postal_code, city, country_code };
    }),
  );
  await insert('storage_location', [
    ...plants.flatMap(([plant_code, short]) =>
      locationKinds.map(([suffix, location_type, kind]) => {
        return { location_code: `${plant_code}-${suffix}`, plant_code, location_type, name: `${short} ${kind}` };
      }),
    ),
    { location_code: 'CUST', plant_code: null, location_type: 'CU', name: 'Customers' },
    { location_code: 'VEND', plant_code: null, location_type: 'VE', name: 'Suppliers' },
    { location_code: 'DIFF', plant_code: null, location_type: 'DI', name: 'Inventory differences' },
  ]);
  await insert(
    'material_group',
    materialGroups.flatMap(([group_code, en, de]) => [
      { group_code, language_code: 'EN', description: en },
      { group_code, language_code: 'DE', description: de },
    ]),
  );
  await seedCarriers(insert);
  await seedCosting(insert);
}

type Insert = (table: string, rows: readonly Record<string, unknown>[]) => Promise<void>;

/** Master data is as old as the sandbox itself. */
const dated = (row: Record<string, unknown>) => ({ ...row, changed_at: '2019-04-01T07:00:00Z', row_version: 1 });

async function seedCarriers(insert: Insert): Promise<void> {
  const partners = carriers.flatMap(([code, name], at) =>
    code === 'PICKUP' ? [] : [{ partner_no: carrierPartner(at), name }],
  );
  await insert(
    'business_partner',
    partners.map(({ partner_no, name }) => {
      return { partner_no, name1: name, language_code: 'EN', created_on: '2019-04-01' };
    }),
  );
  await insert(
    'bp_role',
    partners.map(({ partner_no }) => ({ partner_no, role_code: 'CARR', valid_from: '2019-04-01' })),
  );
  await insert(
    'carrier',
    carriers.map(([carrier_code, name, service], at) => {
      return { carrier_code, partner_no: carrier_code === 'PICKUP' ? null : carrierPartner(at), name, service };
    }),
  );
}

async function seedCosting(insert: Insert): Promise<void> {
  const number = (plant: string, suffix: string) => `${plant}${suffix}`.padStart(10, '0');
  const centers = plants.flatMap(([plant_code, short]) =>
    costCenters.map(([suffix, en, de]) => ({ cost_center: number(plant_code, suffix), plant_code, short, en, de })),
  );
  await insert(
    'cost_center',
    centers.map(({ cost_center, plant_code }) => ({ cost_center, plant_code })),
  );
  await insert(
    'cost_center_text',
    centers.flatMap(({ cost_center, short, en, de }) => [
      { cost_center, language_code: 'EN', name: `${en} ${short}` },
      { cost_center, language_code: 'DE', name: `${de} ${short}` },
    ]),
  );
  await insert(
    'cost_element',
    costElements.map(([cost_element, description]) => ({ cost_element, description })),
  );
  await insert(
    'work_center',
    plants.flatMap(([plant_code, short]) =>
      workCenters.map(([suffix, name, category, parent, costCenter, cost_rate, cost_basis]) => {
        return {
          work_center: `${plant_code}-${suffix}`,
          plant_code,
          name: `${name} ${short}`,
          category,
          parent_work_center: parent && `${plant_code}-${parent}`,
          cost_center: number(plant_code, costCenter),
          cost_rate,
          cost_basis,
        };
      }),
    ),
  );
  await insert(
    'operation_text',
    operations.flatMap(([operation_code, , en, de]) => [
      { operation_code, language_code: 'EN', description: en },
      { operation_code, language_code: 'DE', description: de },
    ]),
  );
}

const monthlyCosts = costCenters.map(([suffix, , , thousands]) => `('${suffix}', ${thousands * 1_000})`).join(', ');
const shares = costElements.map(([element, , share]) => `('${element}', ${share})`).join(', ');

/** Three years of what cost centers cost; the month before the last is the latest that is closed. */
export const costSteps = (_size: SeedSize): Step[] => [
  {
    what: 'fiscal periods',
    rows: 40,
    sql: /* sql */ `
      insert into fiscal_period (company_code, fiscal_period, status_code, closed_on, changed_at)
      select '1000', pg_temp.period(month), case when is_closed then 'C' else 'O' end,
        case when is_closed then (month + interval '1 month 6 days')::date end,
        pg_temp.moment(case when is_closed then (month + interval '1 month 6 days')::date else month end, pg_temp.period(month), 900)
      from generate_series(-36, 1) n
        cross join lateral (select (date_trunc('month', pg_temp.base()::timestamp) + n * interval '1 month')::date as month, n < -1 as is_closed) m`,
  },
  {
    what: 'costs of the periods',
    rows: 9_000,
    sql: /* sql */ `
      insert into period_cost (company_code, fiscal_period, plant_code, cost_center, cost_element, planned_amount, actual_amount, changed_at)
      select '1000', pg_temp.period(month), c.plant_code, c.cost_center, e.element, planned,
        round((planned * elapsed * (0.88 + 0.26 * pg_temp.chance(key, 902)))::numeric, 2),
        pg_temp.moment((month + interval '24 days')::date, key, 903)
      from generate_series(-36, 0) n
        cross join lateral (select (date_trunc('month', pg_temp.base()::timestamp) + n * interval '1 month')::date as month) m
        cross join lateral (select case when n < 0 then 1 else (pg_temp.base() - month + 1) / 31.0 end as elapsed) p,
        cost_center c
        join (values ${monthlyCosts}) b (suffix, amount) on right(c.cost_center, 2) = b.suffix
        cross join (values ${shares}) e (element, share)
        cross join lateral (select hashtextextended(c.cost_center || e.element, 0) # (n + 100) as key) k
        cross join lateral (select round((b.amount * e.share * (0.8 + 0.4 * pg_temp.chance(hashtextextended(c.cost_center, 1), 901)))::numeric, -2) as planned) a`,
  },
];
