/** Random rows for every flat type: values that are equal, missing or odd, and references that lead nowhere. */
import type { FlatField, FlatType } from '../../replica/flat-type.ts';
import type { FlatRow } from '../../replica/read.ts';
import type { ServedModels } from '../../replica/served.ts';
import type { ReadModels } from '../read-models.ts';
import type { Random } from './random.ts';

export interface Rows {
  readonly rows: readonly FlatRow[];
  /** The order a list has by default. */
  readonly byKey: (a: FlatRow, b: FlatRow) => number;
}

const ROWS = 60;
/** Fewer than there are rows, so that some have many children. */
const REFERRED = 20;
const WORDS = ['', 'a', 'A', 'ab', 'abc', 'Schraube', 'schraube M8', '50%_off', 'back\\slash', 'ä"\n', '🚢 z', 'x:y'];

/** Fills the tables, in place of what was in them. */
export async function fillWithRandomRows(
  models: ReadModels,
  random: Random,
  today: string,
): Promise<ReadonlyMap<string, Rows>> {
  const filled = new Map<string, Rows>();
  for (const type of models.flat.types) {
    const rows = randomRows(type, keyOf(type, models.served), random, today);
    filled.set(type.name, rows);
    const { table } = models.served.get(type.name);
    const columns = rows.rows.map((row) =>
      Object.fromEntries(
        type.fields.filter(({ computed }) => !computed).map(({ name, column }) => [column, row[name]]),
      ),
    );
    const text = JSON.stringify(columns).replaceAll("'", "''");
    await models.query(`truncate ${table}`);
    await models.query(`insert into ${table} select * from json_populate_recordset(null::${table}, '${text}')`);
    await models.query(`analyze ${table}`);
  }
  return filled;
}

/** How many days ago this was; null where there is no day. */
export const daysLate = (date: unknown, today: string): number | null =>
  typeof date === 'string' ? (Date.parse(today) - Date.parse(date)) / 86_400_000 : null;

const keyOf = (type: FlatType, served: ServedModels): readonly FlatField[] =>
  served.get(type.name).key.map(({ column }) => {
    const field = type.fields.find((one) => one.column === column);
    if (!field) throw new TypeError(`${type.name} has no field of its key column ${column}`);
    return field;
  });

function randomRows(type: FlatType, key: readonly FlatField[], random: Random, today: string): Rows {
  const rows = Array.from({ length: ROWS }, (_, at): FlatRow => {
    const values: Record<string, FlatRow[string]> = {};
    for (const field of type.fields)
      values[field.name] = random.chance(0.15) && field.nullable ? null : sample(field, random, today);
    for (const [place, field] of key.entries()) values[field.name] = keyPart(field, at, place);
    for (const { name } of type.fields.filter(({ computed }) => computed))
      values[name] = daysLate(values.plannedDate, today);
    return { ...values, id: key.map(({ name }) => values[name]).join(':') };
  });
  return {
    rows,
    byKey(a, b) {
      for (const { name, type: scalar } of key) {
        const [left, right] = [String(a[name]), String(b[name])];
        const order = scalar === 'ID' ? Number(left) - Number(right) : Number(left > right) - Number(left < right);
        if (order !== 0) return order;
      }
      return 0;
    },
  };
}

/** Different for each row, all parts of a key together. */
function keyPart({ name, type }: FlatField, at: number, place: number): string {
  if (name === 'plantCode') return `P${(at % 5) + 1}`;
  const number = place === 0 ? (at % REFERRED) + 1 : (at % 15) + 1;
  if (type === 'ID') return String(name === 'id' ? at + 1 : number);
  return `${name} ${String(at).padStart(4, '0')}`;
}

function sample(field: FlatField, random: Random, today: string): FlatRow[string] {
  if (field.values) return random.pick(field.values);
  const day = (): string =>
    new Date(Date.parse(today) + (random.below(9) - 6) * 86_400_000).toISOString().slice(0, 'YYYY-MM-DD'.length);
  switch (field.type) {
    case 'ID':
      return random.chance(0.1) ? '9999' : String(1 + random.below(REFERRED));
    case 'Int':
      return random.below(7) - 3;
    case 'Boolean':
      return random.chance(0.5);
    case 'Decimal':
      return random.pick(['0', '-1.50', '1.5', '12345678901234567890.123', '0.10', '7.00']);
    case 'BigInt':
      return random.pick(['0', '9007199254740993', '-12']);
    case 'Date':
      return day();
    case 'DateTime':
      return `${day()}T08:00:00.${random.pick(['000000', '000001', '999999'])}Z`;
    default:
      return field.name === 'plantCode' ? `P${1 + random.below(5)}` : random.pick(WORDS);
  }
}
