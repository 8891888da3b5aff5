/**
 * The third voice: what a document ought to answer, worked out by graphql-js over rows in memory. It shares
 * nothing with the product but the declarations and the form of a cursor.
 */
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
  parse,
} from 'graphql';
import type { AccessScope } from '../../replica/access-scope.ts';
import type { FlatSchema, FlatType } from '../../replica/flat-type.ts';
import type { FlatRow } from '../../replica/read.ts';
import { rootFields } from '../../schema/names.ts';
import { evaluate } from '../replica/read/evaluate.ts';
import { daysLate, type Rows } from './rows.ts';

export type Row = FlatRow;

export interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

type OrderBy = { readonly field: string; readonly direction?: string } | null;
type Operators = Readonly<Record<string, unknown>>;
interface ListArguments {
  readonly filter?: Readonly<Record<string, Operators | null>> | null;
  readonly orderBy?: OrderBy;
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
}

export class InMemory {
  readonly schema: GraphQLSchema;
  readonly #flat: FlatSchema;
  readonly #rows: ReadonlyMap<string, Rows>;
  readonly #today: string;

  constructor(flat: FlatSchema, rows: ReadonlyMap<string, Rows>, today: string) {
    this.#flat = flat;
    this.#rows = rows;
    this.#today = today;
    this.schema = buildSchema(readFileSync(new URL('../../schema/api.graphql', import.meta.url), 'utf8'));
    for (const type of flat.types) {
      const { one, many } = rootFields(type.name);
      this.#resolve(
        'Query',
        one,
        (_root, { id }, scope) => this.#visible(type, scope).find((row) => row.id === id) ?? null,
      );
      this.#resolve('Query', many, (_root, args, scope) => this.#page(type, args, scope));
    }
    for (const { from, name, to, by, cardinality } of flat.references) {
      const target = this.#type(to);
      this.#resolve(from, name, (row, _args, scope) => {
        const found = this.#visible(target, scope);
        return cardinality === 'one'
          ? (found.find(({ id }) => id === row[by]) ?? null)
          : found.filter((child) => child[by] === row.id).toSorted(this.#byKey(target));
      });
    }
  }

  of(type: string): readonly Row[] {
    return this.#rows.get(type)?.rows ?? [];
  }

  async answer({ query, variables }: Question, scope: AccessScope): Promise<ExecutionResult> {
    return execute({ schema: this.schema, document: parse(query), variableValues: variables, contextValue: scope });
  }

  cursor(type: FlatType, orderBy: OrderBy, row: Row): string {
    const sorted = sortField(type, orderBy);
    const value = sorted ? (row[sorted.name] ?? null) : null;
    const day = type.where === undefined ? null : this.#today;
    const parts = [type.name, token(orderBy), day, value === null ? null : String(value), row.id];
    return Buffer.from(JSON.stringify(parts)).toString('base64url');
  }

  #page(type: FlatType, args: ListArguments, scope: AccessScope): object {
    const { first = null, after = null, last = null, before = null, orderBy = null } = args;
    if (first !== null && last !== null) throw badInput();
    if (last === null ? before !== null : after !== null) throw badInput();
    const cursor = after ?? before;
    const place = cursor === null ? null : this.#place(type, orderBy, cursor);
    const all = this.#list(type, args, this.#visible(type, scope));
    const rest = place === null ? all : this.#beyond(type, orderBy, all, place, last !== null);
    const size = first ?? last ?? 50;
    const rows = last === null ? rest.slice(0, size) : rest.slice(Math.max(0, rest.length - size));
    const more = rest.length > size;
    const edges = rows.map((node) => ({ node, cursor: this.cursor(type, orderBy, node) }));
    return {
      nodes: rows,
      edges,
      totalCount: all.length,
      pageInfo: {
        hasNextPage: last === null ? more : place !== null,
        hasPreviousPage: last === null ? place !== null : more,
        startCursor: edges.at(0)?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  #list(type: FlatType, { filter, orderBy = null }: ListArguments, rows: readonly Row[]): Row[] {
    const conditions = Object.entries(filter ?? {}).map(([name, operators]): [string, Operators] => {
      if (operators === null || Object.values(operators).includes(null)) throw badInput();
      return [name, operators];
    });
    const order =
      orderBy && ({ field: orderBy.field, direction: orderBy.direction === 'DESC' ? 'DESC' : 'ASC' } as const);
    return evaluate(type, rows, { filter: Object.fromEntries(conditions), orderBy: order }, this.#byKey(type));
  }

  /** The rows after the place, or before it: where it would stand among them, had it been one of them. */
  #beyond(type: FlatType, orderBy: OrderBy, rows: readonly Row[], place: Row, backward: boolean): Row[] {
    const others = rows.filter(({ id }) => id !== place.id);
    const sorted = this.#list(type, { orderBy }, [...others, place]);
    const at = sorted.indexOf(place);
    return backward ? sorted.slice(0, at) : sorted.slice(at + 1);
  }

  #place(type: FlatType, orderBy: OrderBy, cursor: string): Row {
    const row = this.of(type.name).find((one) => this.cursor(type, orderBy, one) === cursor);
    if (!row) throw badInput();
    return row;
  }

  #visible(type: FlatType, { plants }: AccessScope): readonly Row[] {
    const { plant } = type;
    return this.of(type.name).filter((row) => {
      if (type.where !== undefined && !(Number(daysLate(row.plannedDate, this.#today)) > 0)) return false;
      return plants === '*' || !plant || 'none' in plant || plants.some((one) => one === row[plant.field]);
    });
  }

  #byKey({ name }: FlatType): (a: Row, b: Row) => number {
    return this.#rows.get(name)?.byKey ?? (() => 0);
  }

  #type(name: string): FlatType {
    const type = this.#flat.types.find((one) => one.name === name);
    if (!type) throw new TypeError(`There is no type ${name}`);
    return type;
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a resolver is handed is as the schema says
  #resolve(type: string, field: string, resolve: GraphQLFieldResolver<any, AccessScope, any>): void {
    const object = this.schema.getType(type);
    const definition = isObjectType(object) ? object.getFields()[field] : undefined;
    if (!definition) throw new TypeError(`There is no field ${type}.${field}`);
    definition.resolve = resolve;
  }
}

const badInput = () => new GraphQLError('Not to be asked', { extensions: { code: 'BAD_USER_INPUT' } });

const sortField = (type: FlatType, orderBy: OrderBy) =>
  type.fields.find(({ column, sort }) => sort && column.toUpperCase() === orderBy?.field);

const token = (orderBy: OrderBy): string => (orderBy ? `${orderBy.field} ${orderBy.direction ?? 'ASC'}` : '');
