/** Partners and materials with their bills of material and routings: what grows with the size and changes rarely. */
import type pg from 'pg';
import { countries, operations, otherMaterials, productFamilies, sizes, variants, vendorTrades } from './names.ts';
import type { SeedSize } from './size.ts';
import { insertRows, type Step } from './step.ts';

/** Word lists as temporary tables, and the working tables that later steps look partners and products up in. */
export async function loadWords(client: pg.ClientBase): Promise<void> {
  await client.query(/* sql */ `
    create temp table seed_country (
      code text, currency text, rate double precision, language text, low double precision, high double precision,
      forms text[], names text[], trades text[], streets text[], cities text[]) on commit drop;
    create temp table seed_family (
      type text, at int, families int, code text, en text, de text, material_group text, uom text, price double precision)
      on commit drop;
    create temp table seed_customer (
      c int primary key, partner_no text, country text, currency text, rate double precision, discount double precision)
      on commit drop;
    create temp table seed_product (
      j int primary key, material_no text, type text, uom text, decimals int, price double precision) on commit drop`);

  let below = 0;
  await insertRows(
    client,
    'seed_country',
    countries.map(({ code, currency, rate, language, share, forms, names, trades, streets, cities }) => {
      const low = below;
      below += share / 100;
      return { code, currency, rate, language, low, high: below, forms, names, trades, streets, cities };
    }),
  );
  await insertRows(
    client,
    'seed_family',
    productFamilies.map(({ type, code, en, de, group, uom, price }, at) => {
      const families = productFamilies.filter((other) => other.type === type);
      const first = productFamilies.findIndex((other) => other.type === type);
      return { type, at: at - first, families: families.length, code, en, de, material_group: group, uom, price };
    }),
  );
}

const textArray = (words: readonly (string | number)[], type: string): string =>
  `array[${words.map((word) => (typeof word === 'number' ? word : `'${word.replaceAll("'", "''")}'`)).join(', ')}]::${type}[]`;

const marked = 'äöüéèčřýáěšžńśłóćęąåø';
const plain = 'aoueecryaesznsloceaao';

/** What a mail server's name can be made of. Marks go before `lower`, which knows them in some databases only. */
const plainLetters = (text: string): string =>
  `regexp_replace(lower(translate(${text}, '${marked}${marked.toUpperCase()}', '${plain}${plain}')), '[^a-z0-9]+', '', 'g')`;

const partnerSteps = ({ customers, suppliers }: SeedSize): Step[] => [
  {
    what: 'customers',
    series: customers,
    rows: customers,
    sql: /* sql */ `
      insert into seed_customer
      select c, pg_temp.no(200000 + c), w.code, w.currency, w.rate, 0.86 + 0.02 * pg_temp.between(0, 7, c, 30)
      from generate_series($1::int, $2::int) c
      join seed_country w on pg_temp.chance(c, 31) >= w.low and pg_temp.chance(c, 31) < w.high`,
  },
  {
    what: 'business partners',
    series: customers + suppliers,
    rows: customers + suppliers,
    sql: /* sql */ `
      insert into business_partner (partner_no, name1, language_code, tax_number, deletion_flag, created_on, changed_at)
      select case when is_customer then pg_temp.no(200000 + n) else pg_temp.no(300000 + n - ${customers}) end,
        pg_temp.pick(w.names, n, 32) || ' ' || trade
          || case when pg_temp.chance(n, 34) < 0.45 then ' ' || regexp_replace(city, '^[-0-9 ]+', '') else '' end
          || ' ' || pg_temp.pick(w.forms, n, 35),
        w.language, w.code || case w.code when 'AT' then 'U' else '' end || lpad((10000000 + n * 7919 % 89999999)::text, 8, '0'),
        case when pg_temp.chance(n, 36) < 0.01 then 'X' end, created_on, pg_temp.moment(created_on, n, 38)
      from generate_series($1::int, $2::int) n
        cross join lateral (select n <= ${customers} as is_customer, pg_temp.base() - 800 - pg_temp.between(0, 3000, n, 37) as created_on) k
      join seed_country w on pg_temp.chance(n, 31) >= w.low and pg_temp.chance(n, 31) < w.high
        cross join lateral (select pg_temp.pick(w.cities, n, 39) as city,
          pg_temp.pick(case when is_customer then w.trades else ${textArray(vendorTrades, 'text')} end, n, 33) as trade) t`,
  },
  {
    what: 'roles and addresses',
    series: customers + suppliers,
    rows: 5 * (customers + suppliers),
    sql: /* sql */ `
      with partner as (
        select p.*, n, n <= ${customers} as is_customer, w.cities, w.streets, w.code as country_code
        from generate_series($1::int, $2::int) n
        join business_partner p on p.partner_no = case when n <= ${customers} then pg_temp.no(200000 + n) else pg_temp.no(300000 + n - ${customers}) end
        join seed_country w on pg_temp.chance(n, 31) >= w.low and pg_temp.chance(n, 31) < w.high
      ), roles as (
        insert into bp_role (partner_no, role_code, valid_from, changed_at)
        select partner_no, case when is_customer then 'CUST' else 'VEND' end, created_on, changed_at from partner
      ), addresses as (
        insert into bp_address (partner_no, address_no, address_type, street, postal_code, city, country_code, changed_at)
        select partner_no, a, case a when 1 then 'MAIN' else 'SHIP' end,
          pg_temp.pick(streets, n, 40 + a) || ' ' || pg_temp.between(1, 180, n, 42 + a),
          substring(city from '^[-0-9 ]*[0-9]'), regexp_replace(city, '^[-0-9 ]+', ''), country_code, changed_at
        from partner cross join generate_series(1, case when is_customer and pg_temp.chance(n, 44) < 0.25 then 2 else 1 end) a
          cross join lateral (select pg_temp.pick(cities, n, 38 + a) as city) c
      ), contacts as (
        insert into bp_contact (partner_no, contact_no, contact_kind, contact_value, changed_at)
        select partner_no, 1, 'TEL', '+' || pg_temp.between(31, 49, n, 45) || ' ' || pg_temp.between(100, 999, n, 46) || ' ' || pg_temp.between(100000, 999999, n, 47), changed_at
        from partner
        union all
        select partner_no, 2, 'EML', case when is_customer then 'purchasing@' else 'sales@' end
          || ${plainLetters("regexp_replace(name1, ' [^ ]+$', '')")} || '.example', changed_at
        from partner where pg_temp.chance(n, 48) < 0.9
      ), vendors as (
        insert into vendor_company (partner_no, company_code, payment_term, incoterm, lead_days, changed_at)
        select partner_no, '1000', pg_temp.pick(array['N030', 'N060', 'D030'], n, 49), pg_temp.pick(array['DAP', 'EXW', 'FCA'], n, 50), pg_temp.between(5, 42, n, 51), changed_at
        from partner where not is_customer
      )
      insert into customer_company (partner_no, company_code, customer_group, price_list, payment_term, credit_limit, changed_at)
      select partner_no, '1000', pg_temp.pick(array['A', 'B', 'C'], n, 52), case country_code when 'AT' then '01' else '02' end,
        pg_temp.pick(array['N014', 'N030', 'N030', 'N060', 'D030'], n, 53), pg_temp.between(1, 40, n, 54) * 5000, changed_at
      from partner where is_customer`,
  },
];

/**
 * Products by number: made for sale up to `finished`, bought for sale up to `sellable`, semi-finished up to `made`,
 * and bought for use. The plant a sellable product is at home in is its number modulo five; every second one
 * is also stocked in the next plant, every fourth in the third after it.
 */
const materialSteps = ({ products, finished, sellable, made }: SeedSize): Step[] => [
  {
    what: 'materials',
    series: products,
    rows: products,
    sql: /* sql */ `
      with product as (
        select j, f.*, ${textArray(sizes, 'int')} as sizes, (m / f.families) % ${sizes.length} as s, m / f.families / ${sizes.length} as rest,
          pg_temp.no(100000 + j) as material_no, pg_temp.base() - 900 - pg_temp.between(0, 2500, j, 60) as created_on
        from generate_series($1::int - 1, $2::int - 1) j
          cross join lateral (select case when j < ${finished} then 'FERT' when j < ${sellable} then 'HAWA' when j < ${made} then 'HALB' else 'ROH' end as type,
            j - case when j < ${finished} then 0 when j < ${sellable} then ${finished} when j < ${made} then ${sellable} else ${made} end as m) t
        join seed_family f on f.type = t.type and f.at = m % f.families
      ), named as (
        select p.*, sizes[s + 1] as size, case when type = 'FERT' then rest / ${variants.length} else rest end as series,
          case when type = 'FERT' then rest % ${variants.length} else 0 end as v,
          ${textArray(
            variants.map(({ code }) => code),
            'text',
          )} as codes
        from product p
      ), priced as (
        select n.*, price * (0.6 + size / 40.0) * (1 + 0.12 * v) * (1 + 0.03 * (series % 9)) as full_price from named n
      ), materials as (
        insert into material (material_no, article_no, material_type, group_code, base_uom, net_weight, ean, sales_status, purchase_status, deletion_flag, created_on, changed_at)
        select material_no, code || '-' || size || codes[v + 1] || case when series > 0 then '/' || series + 1 else '' end,
          type, material_group, uom, round((0.2 + size * size / 90.0 * pg_temp.chance(j, 61))::numeric, 3),
          case when type in ('FERT', 'HAWA') then '900' || lpad((j * 37)::text, 10, '0') end,
          case when type in ('FERT', 'HAWA') then '01' end, case when type in ('HAWA', 'ROH') then '01' end,
          case when j > 20 and pg_temp.chance(j, 62) < 0.015 then 'X' end, created_on, pg_temp.moment(created_on, j, 63)
        from priced
      ), texts as (
        insert into material_text (material_no, language_code, short_text, long_text, changed_at)
        select material_no, language, name || ' ' || code || '-' || size
            || case when v > 0 then ', ' || variant else '' end || case when series > 0 then ' ' || mark || ' ' || series + 1 else '' end,
          case when type in ('FERT', 'HAWA') and pg_temp.chance(j, 64) < 0.8 then format(long_text, name, size, 6 + size % 7 * 4, 60 + 20 * (j % 4)) end,
          pg_temp.moment(created_on, j, 63)
        from priced
          cross join lateral (values
            ('EN', en, (${textArray(
              variants.map(({ en }) => en),
              'text',
            )})[v + 1], 'series', '%s of nominal size %s for up to %s bar and %s °C. Delivered with seals and mounting instructions.'),
            ('DE', de, (${textArray(
              variants.map(({ de }) => de),
              'text',
            )})[v + 1], 'Serie', '%s der Nennweite %s für bis zu %s bar und %s °C. Lieferung mit Dichtungen und Montageanleitung.')
          ) t (language, name, variant, mark, long_text)
      ), valuation as (
        insert into material_valuation (material_no, company_code, standard_price, changed_at)
        select material_no, '1000', round((full_price * case when type in ('FERT', 'HAWA') then 0.62 else 1 end)::numeric, 4), pg_temp.moment(pg_temp.base() - 200, j, 65)
        from priced
      ), prices as (
        insert into sales_price (material_no, company_code, price_list, amount, valid_from, changed_at)
        select material_no, '1000', list, round((full_price * factor)::numeric, 1), pg_temp.base() - 300, pg_temp.moment(pg_temp.base() - 300, j, 66)
        from priced, (values ('01', 1.0), ('02', 0.97)) l (list, factor)
        where type in ('FERT', 'HAWA')
      )
      insert into seed_product
      select j, material_no, type, uom, case when uom = 'ST' then 0 else 3 end, full_price from priced`,
  },
  {
    what: 'services and packaging',
    rows: otherMaterials.length,
    sql: /* sql */ `
      with other (no, type, article, en, de, price) as (values ${otherMaterials
        .map(([no, type, article, en, de, price]) => `(${no}, '${type}', '${article}', '${en}', '${de}', ${price})`)
        .join(', ')}
      ), materials as (
        insert into material (material_no, article_no, material_type, group_code, base_uom, sales_status, created_on, changed_at)
        select pg_temp.no(no), article, type, case type when 'DIEN' then 'SERV' when 'LEIH' then 'PACK' else 'METAL' end,
          case type when 'ROH' then 'KG' else 'ST' end, case type when 'DIEN' then '01' end, date '2019-04-01', '2019-04-01T07:00:00Z' from other
      ), texts as (
        insert into material_text (material_no, language_code, short_text, changed_at)
        select pg_temp.no(no), language, name, timestamptz '2019-04-01T07:00:00Z' from other cross join lateral (values ('EN', en), ('DE', de)) t (language, name)
      ), prices as (
        insert into sales_price (material_no, company_code, price_list, amount, valid_from, changed_at)
        select pg_temp.no(no), '1000', '01', price, date '2019-04-01', timestamptz '2019-04-01T07:00:00Z' from other where type = 'DIEN'
      )
      insert into material_valuation (material_no, company_code, standard_price, changed_at)
      select pg_temp.no(no), '1000', price * 0.7, timestamptz '2019-04-01T07:00:00Z' from other`,
  },
  {
    what: 'materials of the plants',
    series: products,
    rows: 3 * products,
    sql: /* sql */ `
      insert into material_plant (material_no, plant_code, procurement_type, location_code, reorder_point, lot_size, lead_days, changed_at)
      select p.material_no, pg_temp.plant(q), case when p.type in ('FERT', 'HALB') then 'E' else 'F' end,
        pg_temp.plant(q) || case p.type when 'FERT' then '-FG' when 'HAWA' then '-SP' else '-RM' end,
        case when pg_temp.chance(j * 5 + q, 70) < 0.8 then pg_temp.between(1, 12, j * 5 + q, 71) * case when p.type = 'ROH' then 50 else 5 end end,
        case when p.type = 'ROH' then 100 else 10 end, pg_temp.between(2, 30, j, 72), pg_temp.moment(pg_temp.base() - 400, j, 73)
      from seed_product p cross join generate_series(0, 4) q
      where p.j between $1::int - 1 and $2::int - 1
        and (p.j = 0 or p.j >= ${sellable} or q = p.j % 5 or q = (p.j + 1) % 5 and p.j / 5 % 2 = 0 or q = (p.j + 3) % 5 and p.j / 5 % 4 = 0)`,
  },
];

/** A product is made of one semi-finished part of its own plant and of bought ones; those are made of bought ones alone. */
const productionDataSteps = ({ products, finished, sellable, made }: SeedSize): Step[] => [
  {
    what: 'bills of material',
    series: made,
    rows: 5 * (finished + made - sellable),
    sql: /* sql */ `
      with bom as (
        select p.j, p.material_no, p.type, a as alternative, pg_temp.no(20000 + p.j) as bom_no
        from seed_product p cross join generate_series(1, case when pg_temp.chance(p.j, 80) < 0.1 then 2 else 1 end) a
        where p.j between $1::int - 1 and $2::int - 1 and p.type in ('FERT', 'HALB')
      ), headers as (
        insert into bom_header (bom_no, alternative, material_no, bom_text, base_qty, uom_code, valid_from, changed_at)
        select bom_no, alternative, material_no, case alternative when 1 then 'Standard' else 'Alternative' end, 1, 'ST', pg_temp.base() - 900, pg_temp.moment(pg_temp.base() - 900, j, 81)
        from bom
      )
      insert into bom_item (bom_no, alternative, item_no, component_no, component_qty, uom_code, scrap_percent, changed_at)
      select b.bom_no, b.alternative, lpad((i * 10)::text, 4, '0'), c.material_no,
        case c.uom when 'ST' then pg_temp.between(1, case when c.price < 10 then 12 else 2 end, j_i, 84)
          else round((0.1 + 2.4 * pg_temp.chance(j_i, 85))::numeric, 3) end,
        c.uom, case when pg_temp.chance(j_i, 86) < 0.3 then pg_temp.between(1, 4, j_i, 87) end, pg_temp.moment(pg_temp.base() - 900, b.j, 81)
      from bom b cross join generate_series(1, 3 + pg_temp.between(0, 3, b.j, 82)) i
        cross join lateral (select b.j::bigint * 16 + i + b.alternative * 8 as j_i) k
        join seed_product c on c.j = case
          when i = 1 and b.type = 'FERT' then ${sellable} + pg_temp.between(0, ${(made - sellable) / 5 - 1}, b.j, 83) * 5 + b.j % 5
          else ${made} + (pg_temp.between(0, ${products - made - 1}, b.j, 88) + i * 37 + b.alternative * 11) % ${products - made} end`,
  },
  {
    what: 'routings',
    series: made,
    rows: 4 * (finished + made - sellable),
    sql: /* sql */ `
      with routing as (
        select p.j, p.type, p.material_no, pg_temp.plant(p.j % 5) as plant_code, pg_temp.no(30000 + p.j) as routing_no
        from seed_product p where p.j between $1::int - 1 and $2::int - 1 and p.type in ('FERT', 'HALB')
      ), headers as (
        insert into routing_header (routing_no, material_no, plant_code, routing_text, changed_at)
        select routing_no, material_no, plant_code, case type when 'FERT' then 'Assembly and test' else 'Machining' end, pg_temp.moment(pg_temp.base() - 900, j, 81)
        from routing
      )
      insert into routing_operation (routing_no, operation_no, operation_code, work_center, setup_minutes, run_minutes, changed_at)
      select routing_no, lpad((i * 10)::text, 4, '0'), o.code, plant_code || '-' || o.work_center,
        pg_temp.between(5, 45, j * 8 + i, 90), pg_temp.between(2, 60, j * 8 + i, 91), pg_temp.moment(pg_temp.base() - 900, j, 81)
      from routing
        cross join lateral unnest(case when type = 'HALB' then array['TURN', 'MILL'] when j % 3 = 0 then array['ASS2', 'PAIN', 'TEST']
          when j % 3 = 1 then array['ASSY', 'TEST'] else array['ASSY', 'PAIN', 'TEST'] end) with ordinality u (code, i)
        join (values ${operations.map(([code, workCenter]) => `('${code}', '${workCenter}')`).join(', ')}) o (code, work_center) using (code)`,
  },
  {
    what: 'purchasing records',
    series: products,
    rows: products / 2,
    sql: /* sql */ `
      insert into vendor_material (partner_no, material_no, vendor_article_no, net_price, changed_at)
      select distinct on (1, 2) pg_temp.no(300000 + v), p.material_no, upper(lpad(to_hex(hashint8extended(p.j, v) & 4294967295), 8, '0')),
        round((p.price * case p.type when 'HAWA' then 0.55 else 0.95 + 0.02 * s end)::numeric, 4), pg_temp.moment(pg_temp.base() - 250, p.j, 95)
      from seed_product p cross join generate_series(0, case when pg_temp.chance(p.j, 96) < 0.3 then 1 else 0 end) s
        cross join lateral (select p.j - case when p.type = 'ROH' then ${made - sellable + finished} else ${finished} end as k) k
        cross join lateral (select 1 + (k.k + s * 3) % ${(products - made + sellable - finished) / 8} as v) v
      where p.j between $1::int - 1 and $2::int - 1 and p.type in ('ROH', 'HAWA')`,
  },
];

export const masterDataSteps = (size: SeedSize): Step[] => [
  ...partnerSteps(size),
  ...materialSteps(size),
  {
    what: 'statistics',
    rows: size.products,
    sql: 'analyze seed_customer; analyze seed_product; analyze business_partner',
  },
  ...productionDataSteps(size),
];
