/** Random documents over the flat types, each a question that a client could ask. */
import {
  astFromValue,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  parseType,
  print,
  typeFromAST,
} from 'graphql';
import type { FlatField, FlatSchema, FlatType } from '../../replica/flat-type.ts';
import { filterType, orderType, rootFields } from '../../schema/names.ts';
import type { InMemory, Question, Row } from './in-memory.ts';
import type { Random } from './random.ts';
import { Selections } from './selections.ts';
import { Variables } from './variables.ts';

export interface Writer {
  readonly random: Random;
  readonly schema: GraphQLSchema;
  readonly flat: FlatSchema;
  readonly rows: InMemory;
}

export function writeQuestion({ random, schema, flat, rows }: Writer): Question {
  const variables = new Variables(random);
  const selections = new Selections(random, flat, variables);
  const roots = Array.from({ length: 1 + random.below(3) }, (_, at) => {
    const type = random.pick(flat.types);
    const { one, many } = rootFields(type.name);
    if (random.chance(0.25)) {
      const id = random.chance(0.9) ? random.pick(rows.of(type.name)).id : random.pick(['x', '999', '1:x', '']);
      return `r${at}: ${one}(id: ${value(variables, random, 'ID!', id, schema)}) ${selections.row(type)}`;
    }
    const args = new Arguments({ random, schema, flat, rows }, variables, type).text();
    return `r${at}: ${many}${args} ${selections.connection(type)}`;
  });
  const name = random.chance(0.3) ? '__typename' : '';
  const body = `{ ${roots.join('\n  ')} ${name} }`;
  return { query: `query ${variables.declarations} ${body}\n${selections.fragments}`, variables: variables.values };
}

class Arguments {
  readonly #writer: Writer;
  readonly #variables: Variables;
  readonly #type: FlatType;

  constructor(writer: Writer, variables: Variables, type: FlatType) {
    this.#writer = writer;
    this.#variables = variables;
    this.#type = type;
  }

  text(): string {
    const { random } = this.#writer;
    const order = random.chance(0.6) ? this.#order() : null;
    const backward = random.chance(0.3);
    const given = [
      ...(random.chance(0.6) ? this.#filter() : []),
      ...(order ? [this.#argument('orderBy', orderType(this.#type.name), order)] : []),
      ...(random.chance(0.95) || backward
        ? [this.#argument(backward ? 'last' : 'first', 'Int', random.below(12))]
        : []),
      ...(random.chance(0.3) ? [this.#argument(backward ? 'before' : 'after', 'String', this.#cursor(order))] : []),
      // Not to be asked together.
      ...(random.chance(0.02) ? [this.#argument(backward ? 'first' : 'last', 'Int', 2)] : []),
    ];
    return given.length === 0 ? '' : `(${given.join(', ')})`;
  }

  #argument(name: string, type: string, given: unknown): string {
    return `${name}: ${value(this.#variables, this.#writer.random, type, given, this.#writer.schema)}`;
  }

  #order(): { field: string; direction?: string } | null {
    const { random } = this.#writer;
    const sorted = this.#type.fields.filter(({ sort }) => sort);
    if (sorted.length === 0) return null;
    const field = random.pick(sorted).column.toUpperCase();
    return random.chance(0.2) ? { field } : { field, direction: random.pick(['ASC', 'DESC']) };
  }

  #cursor(order: { field: string; direction?: string } | null): string {
    const { random, rows } = this.#writer;
    if (random.chance(0.05)) return 'nonsense';
    return rows.cursor(this.#type, order, random.pick(rows.of(this.#type.name)));
  }

  #filter(): string[] {
    const { random, schema } = this.#writer;
    const type = schema.getType(filterType(this.#type.name));
    if (!isInputObjectType(type)) return [];
    const fields = this.#type.fields.filter(({ name }) => name in type.getFields());
    const chosen = new Set(Array.from({ length: 1 + random.below(2) }, () => random.pick(fields)));
    const conditions = [...chosen].map(
      (field) => [field, this.#condition(field, type.getFields()[field.name]?.type)] as const,
    );
    if (random.chance(0.3)) {
      const whole = Object.fromEntries(
        conditions.map(([field, [operator, given]]) => [field.name, { [operator]: given }]),
      );
      return [this.#argument('filter', type.name, whole)];
    }
    const texts = conditions.map(
      ([{ name }, [operator, given, its]]) =>
        `${name}: { ${operator}: ${value(this.#variables, random, its, given, schema)} }`,
    );
    return [`filter: { ${texts.join(', ')} }`];
  }

  /** Operator, operand, and the operand's type. */
  #condition(field: FlatField, type: GraphQLInputType | undefined): readonly [string, unknown, string] {
    const { random } = this.#writer;
    if (!isInputObjectType(type)) throw new TypeError(`${field.name} has no operators`);
    const { name: operator, type: its } = random.pick(Object.values(type.getFields()));
    return [operator, this.#operand(operator, field), String(its)];
  }

  #operand(operator: string, field: FlatField): unknown {
    const { random, rows } = this.#writer;
    const sample = (): Row[string] => random.pick(rows.of(this.#type.name))[field.name] ?? this.#unlikely(field);
    switch (operator) {
      case 'isNull':
        return random.chance(0.5);
      case 'in':
        return Array.from({ length: random.below(4) }, sample);
      case 'startsWith':
        return Array.from(String(sample())).slice(0, random.below(9)).join('');
      case 'contains':
        return Array.from(String(sample())).slice(1).join('').padEnd(3, 'e').toUpperCase();
      default:
        return sample();
    }
  }

  /** For a row that has no value. */
  #unlikely(field: FlatField): Row[string] {
    if (field.values) return field.values[0] ?? null;
    const values: Readonly<Record<string, Row[string]>> = {
      Int: 3,
      Boolean: true,
      Decimal: '0.5',
      BigInt: '12',
      Date: '2026-11-20',
      DateTime: '2026-11-20T12:00:00+02:00',
    };
    return values[field.type] ?? '7';
  }
}

/** A value in a position of this type: as it is written, or a variable. */
function value(variables: Variables, random: Random, type: string, given: unknown, schema: GraphQLSchema): string {
  const position = typeFromAST(schema, parseType(type));
  const literal = isInputType(position) ? astFromValue(given, position) : null;
  if (!literal) throw new TypeError(`No value of ${type}: ${given}`);
  return random.chance(0.35) ? variables.add(type, given, print(literal)) : print(literal);
}
