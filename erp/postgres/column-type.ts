/**
 * Column types of the ERP and what they may be mirrored as.
 *
 * The mirror's column was declared with one type, the ERP's may since have another. It fits while every value
 * of the ERP's type is exactly a value of the mirror's, text for text: `varchar(10)` in a `varchar`, an `integer`
 * in a `bigint`; not the reverse.
 */
import type pg from 'pg';

export interface ColumnType {
  /** As Postgres calls it, without length or precision; of a domain the type below, of an enum `text`. */
  readonly name: string;
  /** Length or precision as Postgres encodes it (pg_attribute.atttypmod); -1 for none. */
  readonly modifier: number;
}

const integers = ['smallint', 'integer', 'bigint', 'numeric'];
const floats = ['real', 'double precision'];
const texts = new Set(['text', 'character varying', 'character', 'name', 'citext', '"char"']);

export function fits(found: ColumnType, declared: ColumnType): boolean {
  if (found.name === declared.name) return declared.modifier === -1 || fitsModifier(found, declared);
  if (declared.modifier !== -1) return false;
  if (declared.name === 'text' || declared.name === 'character varying') return texts.has(found.name);
  return [integers, floats].some((widening) => {
    const at = widening.indexOf(found.name);
    return at !== -1 && widening.indexOf(declared.name) > at;
  });
}

function fitsModifier(found: ColumnType, declared: ColumnType): boolean {
  if (found.modifier === -1) return false;
  if (declared.name === 'character') return found.modifier === declared.modifier; // padded to its length
  if (declared.name !== 'numeric') return found.modifier <= declared.modifier;
  const [from, to] = [numericModifier(found.modifier), numericModifier(declared.modifier)];
  return from.scale === to.scale && from.precision <= to.precision;
}

const MODIFIER_OFFSET = 4;

/** Scale has eleven bits, the highest of which is its sign (from 15 on it may be negative). */
function numericModifier(modifier: number): { precision: number; scale: number } {
  const bits = modifier - MODIFIER_OFFSET;
  return { precision: (bits >> 16) & 0xffff, scale: ((bits & 0x7ff) ^ 1024) - 1024 };
}

/** For messages: `character varying(10)`. */
export function typeText({ name, modifier }: ColumnType): string {
  if (modifier === -1) return name;
  if (name === 'numeric') {
    const { precision, scale } = numericModifier(modifier);
    return `numeric(${precision},${scale})`;
  }
  return name.startsWith('character') ? `${name}(${modifier - MODIFIER_OFFSET})` : `${name}(${modifier})`;
}

/** @param name as Postgres calls the type  @param text as it was declared, with length or precision: `varchar(10)` */
export function declaredType(name: string, text: string): ColumnType {
  const digits = /\((\d+)(?:\s*,\s*(-?\d+))?\)/.exec(text);
  if (!digits) return { name, modifier: -1 };
  const [first, second] = [Number(digits[1]), Number(digits[2] ?? 0)];
  if (name === 'numeric') return { name, modifier: ((first << 16) | (second & 0x7ff)) + MODIFIER_OFFSET };
  return { name, modifier: name.startsWith('character') ? first + MODIFIER_OFFSET : first };
}

/** Knows the ERP's types by their numbers, and what a declared type's text means there. */
export class TypeNames {
  readonly #control: pg.Client;
  readonly #byOid = new Map<number, ColumnType>();
  readonly #declared = new Map<string, ColumnType>();

  constructor(control: pg.Client) {
    this.#control = control;
  }

  async found(columns: readonly { readonly typeOid: number; readonly typeModifier: number }[]): Promise<ColumnType[]> {
    const unknown = columns.map(({ typeOid }) => typeOid).filter((oid) => !this.#byOid.has(oid));
    if (unknown.length > 0) await this.#learn(unknown);
    return columns.map(({ typeOid, typeModifier }) => {
      const base = this.#byOid.get(typeOid) ?? { name: `type ${typeOid}`, modifier: -1 }; // dropped since
      return { name: base.name, modifier: typeModifier === -1 ? base.modifier : typeModifier };
    });
  }

  async declared(types: readonly string[]): Promise<ColumnType[]> {
    const unknown = [...new Set(types)].filter((type) => !this.#declared.has(type));
    if (unknown.length > 0) {
      const { rows } = await this.#control.query<{ text: string; name: string | null }>({
        name: 'erp_declared_types',
        text: /* sql */ `
          select d.text, pg_catalog.format_type(pg_catalog.to_regtype(d.text)::oid, null) as name
          from unnest($1::text[]) d (text)`,
        values: [unknown],
      });
      for (const { text, name } of rows) {
        this.#declared.set(text, declaredType(name ?? text.toLowerCase(), text));
      }
    }
    return types.map((type) => this.#declared.get(type) ?? { name: type, modifier: -1 });
  }

  async #learn(oids: readonly number[]): Promise<void> {
    const { rows } = await this.#control.query<{ oid: string; name: string; modifier: string }>({
      name: 'erp_types',
      text: /* sql */ `
        with recursive below (oid, base, modifier) as (
          select oid, oid, -1 from pg_catalog.pg_type where oid = any($1::oid[])
          union all
          select b.oid, t.typbasetype, t.typtypmod
          from below b join pg_catalog.pg_type t on t.oid = b.base
          where t.typtype = 'd'
        )
        select b.oid, case t.typtype when 'e' then 'text' else pg_catalog.format_type(t.oid, null) end as name, b.modifier
        from below b join pg_catalog.pg_type t on t.oid = b.base
        where t.typtype <> 'd'`,
      values: [oids],
    });
    for (const { oid, name, modifier } of rows) {
      this.#byOid.set(Number(oid), { name, modifier: Number(modifier) });
    }
  }
}
