/**
 * Random statements on the mirrored tables of a Tryton: rows copied, changed, pointed elsewhere and deleted, with no
 * regard for what Tryton would do. Every value that a program of Tryton's could not have written is welcome.
 */
import type { MirrorTable } from '../../../erp/connector.ts';

/** A whole number from 0 to below the given one. */
export type Draw = (below: number) => number;

/** Evenly spread, and the same for the same seed (mulberry32). */
export function drawFrom(seed: number): Draw {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** References as texts: whole ones, and some that lead nowhere or are none. */
const references = [
  'sale.line,1',
  'sale.line,7',
  'purchase.line,3',
  'stock.move,12',
  'stock.shipment.out,5',
  'stock.shipment.in,2',
  'stock.shipment.internal,1',
  'sale.line,99999999',
  'sale.line,99999999999999999999',
  'sale.line,-1',
  'sale.line,',
  'stock.shipment.out,7x',
  'nonsense',
  '',
];

export function randomChange(tables: readonly MirrorTable[], draw: Draw): string {
  const table = pick(tables, draw);
  const name = `"${table.name}"`;
  // Most tables are small; the great ones must not take all of the changes, nor be out of reach.
  const row = `(select id from ${name} order by id offset ${draw(2_000)} % greatest((select count(*) from ${name}), 1) limit 1)`;
  switch (draw(8)) {
    case 0:
      // The company, a currency: without its last row a table would have none for the rest of the run.
      return `delete from ${name} where id = ${row} and (select count(*) from ${name}) > 1`;
    case 1:
      return /* sql */ `
        insert into ${name} select copy.* from ${name} t
        cross join lateral jsonb_populate_record(t, jsonb_build_object('id', (select max(id) + 1 from ${name}))) copy
        where t.id = ${row}`;
    default:
      return randomUpdate(table, name, row, draw);
  }
}

function randomUpdate(table: MirrorTable, name: string, row: string, draw: Draw): string {
  const [column, type] = pick(
    Object.entries(table.columns).filter(([column]) => column !== 'id'),
    draw,
  );
  const other = `(select "${column}" from ${name} order by id desc offset ${draw(2_000)} % greatest((select count(*) from ${name}), 1) limit 1)`;
  return `update ${name} set "${column}" = ${valueFor(column, type, other, draw)} where id = ${row}`;
}

function valueFor(column: string, type: string, other: string, draw: Draw): string {
  // What another row has: for a key of another table, another one that exists as a rule.
  if (draw(3) > 0) return other;
  if (column === 'origin' || column === 'shipment') return `'${pick(references, draw)}'`;
  switch (type) {
    case 'date':
      return `date '2026-11-01' + ${draw(60) - 30}`;
    case 'timestamp without time zone':
      return `timestamp '2026-11-01 10:00' + interval '${draw(90_000)} minutes'`;
    case 'numeric':
    case 'double precision':
      return `${draw(1_000) - 100}.${draw(4) * 25}`;
    case 'boolean':
      return draw(2) === 0 ? 'true' : 'false';
    case 'interval':
      return `interval '${draw(500)} minutes'`;
    default:
      return draw(2) === 0 ? 'null' : other;
  }
}

function pick<T>(from: readonly T[], draw: Draw): T {
  const one = from[draw(from.length)];
  if (one === undefined) throw new Error('Nothing to pick from');
  return one;
}
