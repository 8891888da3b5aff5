/** The statements that maintain one read model. Written once per definition, prepared by name. */
import type { Definition, KeyColumn, Source } from '../model/definition.ts';
import { modelView, readTable } from '../model/definition.ts';
import { equal, ident, list, literal, unnested } from '../sql.ts';

/** Key columns of a statement's result, as text, in the order of the key. */
const asText = (key: readonly KeyColumn[], alias: string): string =>
  key.map(({ column }) => `${alias}.${ident(column)}::text`).join(', ');

const names = (key: readonly KeyColumn[]): string[] => key.map(({ column }) => column);

/**
 * The keys that rows of `source` touch; the last parameter is how many to name at the most.
 * A null key is a row that belongs to nobody.
 */
export const touchedKeys = (definition: Definition, source: Source): string => /* sql */ `
  select ${asText(definition.key, 'k')} from (${source.keys}) as k(${list(names(definition.key))})
  where ${definition.key.map(({ column }) => `k.${ident(column)} is not null`).join(' and ')} ${typed(source)}
  limit $${source.key.length + 1}`;

/** A query need not use every array it is handed; PostgreSQL still asks for the type of each. */
const typed = (source: Source): string =>
  source.key.map(({ type }, at) => `and $${at + 1}::${type}[] is not null`).join(' ');

/** The same in the order of the key, after a given key, for work in chunks. */
export const touchedKeysAfter = (definition: Definition, source: Source, after: boolean): string => {
  const key = definition.key;
  const position = after ? `and ${afterKey(key, source.key.length + 1)}` : '';
  return /* sql */ `
  select distinct on (${list(names(key), (name) => `k.${ident(name)}`)}) ${asText(key, 'k')}
  from (${source.keys}) as k(${list(names(key))})
  where ${key.map(({ column }) => `k.${ident(column)} is not null`).join(' and ')} ${typed(source)} ${position}
  order by ${list(names(key), (name) => `k.${ident(name)}`)}`;
};

/** Every key the read model has or ought to have, after a given key. */
export const allKeysAfter = (definition: Definition, after: boolean): string => {
  const key = definition.key;
  const columns = list(names(key));
  return /* sql */ `
  select ${asText(key, 'k')} from (
    select ${columns} from ${modelView(definition)} union select ${columns} from ${readTable(definition)}) as k
  ${after ? `where ${afterKey(key, 1)}` : ''}
  order by ${list(names(key), (name) => `k.${ident(name)}`)}`;
};

const afterKey = (key: readonly KeyColumn[], first: number): string =>
  `(${list(names(key), (name) => `k.${ident(name)}`)}) > (${key.map(({ type }, at) => `$${first + at}::${type}`).join(', ')})`;

export type LogForm = 'each' | 'none';

/**
 * Makes the rows of the given keys what they ought to be, and answers with the keys that were not.
 *
 * One statement: the rows as they should be (one index probe per key: the lateral with `offset 0` keeps
 * PostgreSQL from joining everything first), the rows as they are, and of these only what differs is
 * written and logged. Rows are compared by their image, so that 1.0 and 1.00 differ. An update that changes
 * no indexed column costs no index entry, which deleting and inserting would.
 *
 * Parameters: one array per key column, then the change log's position.
 */
export function rewrite(definition: Definition, log: LogForm): string {
  const { key } = definition;
  const columns = Object.keys(definition.columns);
  const others = columns.filter((column) => !names(key).includes(column));
  const first = ident(names(key)[0] ?? '');
  const newKey = (name: string) => ident(`n_${name}`);
  const update = others.length
    ? `do update set ${list(others, (name) => `${ident(name)} = excluded.${ident(name)}`)}`
    : 'do nothing';
  return /* sql */ `
  with k as materialized (select distinct * from ${unnested(key)}),
  n as materialized (
    select v.* from k cross join lateral (
      select * from ${modelView(definition)} v where ${equal(names(key), 'v', 'k')} offset 0) v),
  o as materialized (
    select t.* from k cross join lateral (
      select * from ${readTable(definition)} t where ${equal(names(key), 't', 'k')} offset 0) t),
  d as materialized (
    select ${list(columns, (name) => `n.${ident(name)} as ${ident(`n_${name}`)}, o.${ident(name)} as ${ident(`o_${name}`)}`)},
      ${list(names(key), (name) => `coalesce(n.${ident(name)}, o.${ident(name)}) as ${ident(`k_${name}`)}`)}
    from n full join o on ${equal(names(key), 'n', 'o')}
    where n.${first} is null or o.${first} is null or n *<> o),
  gone as (
    delete from ${readTable(definition)} t using d
    where d.${newKey(names(key)[0] ?? '')} is null and ${names(key)
      .map((name) => `t.${ident(name)} = d.${ident(`o_${name}`)}`)
      .join(' and ')}),
  put as (
    insert into ${readTable(definition)} (${list(columns)})
    select ${list(columns, (name) => `d.${ident(`n_${name}`)}`)} from d
    where d.${newKey(names(key)[0] ?? '')} is not null
    on conflict (${list(names(key))}) ${update})${log === 'each' ? `,\n  logged as (${logEntries(definition)})` : ''}
  select ${list(names(key), (name) => `d.${ident(`k_${name}`)}::text`)} from d`;
}

function logEntries(definition: Definition): string {
  const first = definition.key[0]?.column ?? '';
  const position = `$${definition.key.length + 1}::bigint`;
  const values = (side: 'n' | 'o') =>
    definition.logged.length === 0
      ? 'null::jsonb'
      : `jsonb_build_object(${definition.logged
          .map((column) => `${literal(column)}, d.${ident(`${side}_${column}`)}::text`)
          .join(', ')})`;
  const differing = Object.entries(definition.columns).map(([column, type]) => {
    const cast = type.startsWith('numeric') ? '::text' : '';
    const [n, o] = [`d.${ident(`n_${column}`)}${cast}`, `d.${ident(`o_${column}`)}${cast}`];
    return `case when ${n} is distinct from ${o} then ${literal(column)} end`;
  });
  const isNew = `d.${ident(`o_${first}`)} is null`;
  const isGone = `d.${ident(`n_${first}`)} is null`;
  return /* sql */ `
    insert into skiff.change_log (batch, hash, op, key, columns, old, new)
    select ${position}, ${literal(definition.hash)},
      case when ${isNew} then 'insert' when ${isGone} then 'delete' else 'update' end,
      array[${list(
        definition.key.map(({ column }) => column),
        (name) => `d.${ident(`k_${name}`)}::text`,
      )}],
      case when ${isNew} or ${isGone} then null else array_remove(array[${differing.join(', ')}], null) end,
      case when ${isNew} then null else ${values('o')} end,
      case when ${isGone} then null else ${values('n')} end
    from d`;
}
