/**
 * What a selection of flat types comes down to: the tree of rows to ask the replica for, and for each response
 * key where in a row its value stands.
 */
import { GraphQLError, type GraphQLObjectType, getNullableType, isListType, isNonNullType } from 'graphql';
import type { FlatField, FlatReference, FlatType } from '../../replica/flat-type.ts';
import type { AskedReference, AskedRow } from '../../replica/read.ts';
import { type Collected, type Conditions, collect, type Fragments } from '../selection.ts';
import { type Leaf, leafOf } from './leaf.ts';

export interface RowShape {
  readonly outputs: readonly Output[];
}

/** One response key of a row. `at` counts the fields, or the references, of the row as it is asked for. */
export type Output = { readonly key: string } & (
  | { readonly kind: 'constant'; readonly value: string }
  | { readonly kind: 'id' }
  | { readonly kind: 'field'; readonly at: number; readonly leaf: Leaf; readonly isNullable: boolean }
  | { readonly kind: 'one'; readonly at: number; readonly row: RowShape }
  | {
      readonly kind: 'many';
      readonly at: number;
      readonly row: RowShape;
      readonly isNullable: boolean;
      readonly hasNullableItems: boolean;
    }
);

/** The document goes through federation, for this reason. */
export class NotCompiled extends Error {}

export interface ShapeSettings {
  readonly fragments: Fragments;
  readonly conditions: Conditions;
  readonly types: ReadonlyMap<string, FlatType>;
  /** By `Type.field`. */
  readonly references: ReadonlyMap<string, FlatReference & { readonly subgraph: string }>;
  readonly objectType: (name: string) => GraphQLObjectType;
  /** Refuses what is not read in this process. */
  readonly use: (type: FlatType, declaredIn: string) => void;
}

/** Collects what is asked of one row; several selections may ask it of the same. */
export class RowRequest {
  readonly #settings: ShapeSettings;
  readonly #type: FlatType;
  readonly #fields: string[] = [];
  readonly #references: AskedReference[] = [];

  constructor(type: FlatType, settings: ShapeSettings, declaredIn = type.subgraph) {
    settings.use(type, declaredIn);
    this.#type = type;
    this.#settings = settings;
  }

  get asked(): AskedRow {
    return { type: this.#type.name, fields: this.#fields, references: this.#references };
  }

  shape({ selections }: Pick<Collected, 'selections'>): RowShape {
    const { fragments, conditions } = this.#settings;
    return { outputs: collect(selections, fragments, conditions).map((collected) => this.#output(collected)) };
  }

  #output(collected: Collected): Output {
    const { key, field } = collected;
    const name = field.name.value;
    if (name === '__typename') return { key, kind: 'constant', value: this.#type.name };
    if (name === 'id') return { key, kind: 'id' };
    const declared = this.#type.fields.find((candidate) => candidate.name === name);
    if (declared) return this.#field(key, declared);
    const reference = this.#settings.references.get(`${this.#type.name}.${name}`);
    if (!reference) throw new NotCompiled(`${this.#type.name}.${name} is no field of a flat type.`);
    return this.#reference(collected, reference);
  }

  #field(key: string, field: FlatField): Output {
    const known = this.#fields.indexOf(field.name);
    const at = known < 0 ? this.#fields.push(field.name) - 1 : known;
    return { key, kind: 'field', at, leaf: leafOf(field), isNullable: !isNonNullType(this.#typeOf(field.name)) };
  }

  #reference(
    collected: Collected,
    { name, to, by, cardinality, subgraph }: FlatReference & { subgraph: string },
  ): Output {
    const { types } = this.#settings;
    const target = types.get(to);
    if (!target) throw new NotCompiled(`${to} is no flat type.`);
    const request = new RowRequest(target, this.#settings, subgraph);
    const row = request.shape(collected);
    const at = this.#references.push({ cardinality, by, row: request.asked }) - 1;
    if (cardinality === 'one') return { key: collected.key, kind: 'one', at, row };
    const type = this.#typeOf(name);
    const list = getNullableType(type);
    return {
      key: collected.key,
      kind: 'many',
      at,
      row,
      isNullable: !isNonNullType(type),
      hasNullableItems: !(isListType(list) && isNonNullType(list.ofType)),
    };
  }

  #typeOf(field: string) {
    const type = this.#settings.objectType(this.#type.name).getFields()[field]?.type;
    if (!type) throw new GraphQLError(`${this.#type.name} has no field "${field}"`);
    return type;
  }
}
