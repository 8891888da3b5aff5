/**
 * From the authored SDL to the declarations of the flat types, with every rule of their directives checked.
 *
 * All faults are named at once, each with file, type and field: whoever declares a type meets them here, at
 * `npm run generate`, and not when a query fails.
 */
import type { EnumTypeDefinitionNode, FieldDefinitionNode, ObjectTypeDefinitionNode } from 'graphql';
import { Kind, print } from 'graphql';
import type { FlatField, FlatReference, FlatSchema, FlatType, ScalarName } from '../replica/flat-type.ts';
import {
  type AuthoredSchema,
  argument,
  contributes,
  directive,
  isFlat,
  isList,
  isProgrammed,
  isReference,
  namedType,
  objectTypes,
  SchemaError,
} from './authored.ts';
import { snakeCase } from './names.ts';

const SCALARS: Readonly<Record<ScalarName, true>> = {
  ID: true,
  String: true,
  Int: true,
  Float: true,
  Boolean: true,
  Decimal: true,
  BigInt: true,
  Date: true,
  DateTime: true,
};
const isScalar = (name: string): boolean => Object.hasOwn(SCALARS, name);

interface Declared {
  readonly subgraph: string;
  readonly type: ObjectTypeDefinitionNode;
}

export function flatSchemaOf(authored: AuthoredSchema): FlatSchema {
  return new Reader(authored).read();
}

/** Walks the types once, with what every check needs to know of the others at hand. */
class Reader {
  readonly #subgraphs: AuthoredSchema['subgraphs'];
  readonly #problems: string[] = [];
  readonly #flat = new Map<string, Declared>();
  readonly #enums = new Map<string, { readonly subgraph: string; readonly values: readonly string[] }>();

  constructor(authored: AuthoredSchema) {
    this.#subgraphs = authored.subgraphs.filter((subgraph) => !isProgrammed(subgraph));
  }

  read(): FlatSchema {
    for (const { name, document } of this.#subgraphs) {
      for (const definition of document.definitions) {
        if (definition.kind === Kind.ENUM_TYPE_DEFINITION) this.#collectEnum(name, definition);
        else if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) this.#collectType(name, definition);
        else this.#fault(name, print(definition).split('\n')[0] ?? '', 'only types and enums stand in a subgraph');
      }
    }

    const types: FlatType[] = [];
    const references: FlatSchema['references'][number][] = [];
    for (const { name, document } of this.#subgraphs) {
      for (const type of objectTypes(document)) {
        if (isFlat(type)) types.push(this.#flatType(name, type));
        else this.#checkStub(name, type);
        for (const field of (type.fields ?? []).filter(isReference)) {
          const reference = this.#reference(name, type, field);
          if (reference) references.push({ subgraph: name, from: type.name.value, ...reference });
        }
      }
    }
    if (this.#problems.length > 0) throw new SchemaError(this.#problems);
    return { types, references };
  }

  #fault(subgraph: string, place: string, problem: string): void {
    this.#problems.push(`schema/${subgraph}.graphql, ${place}: ${problem}`);
  }

  #collectEnum(subgraph: string, node: EnumTypeDefinitionNode): void {
    const name = node.name.value;
    const values = node.values ?? [];
    if (!node.description) this.#fault(subgraph, name, 'has no description');
    for (const value of values) {
      if (!value.description) this.#fault(subgraph, `${name}.${value.name.value}`, 'has no description');
    }
    const other = this.#enums.get(name);
    if (other) this.#fault(subgraph, name, `is declared in ${other.subgraph} too; an enum belongs to one subgraph`);
    this.#enums.set(name, { subgraph, values: values.map((value) => value.name.value) });
  }

  #collectType(subgraph: string, type: ObjectTypeDefinitionNode): void {
    const name = type.name.value;
    if (!type.description) this.#fault(subgraph, name, 'has no description');
    for (const field of type.fields ?? []) {
      if (!field.description) this.#fault(subgraph, `${name}.${field.name.value}`, 'has no description');
      if (field.arguments?.length) this.#fault(subgraph, `${name}.${field.name.value}`, 'a field takes no arguments');
    }
    if (argument(directive(type, 'key'), 'fields') !== 'id') {
      this.#fault(subgraph, name, 'needs @key(fields: "id")');
    }
    const id = fieldOf(type, 'id');
    if (!id || print(id.type) !== 'ID!') this.#fault(subgraph, name, 'needs the field `id: ID!`');
    if (!isFlat(type)) return;
    const other = this.#flat.get(name);
    if (other) this.#fault(subgraph, name, `is declared in ${other.subgraph} too; here it can only be a stub`);
    this.#flat.set(name, { subgraph, type });
  }

  #checkStub(subgraph: string, stub: ObjectTypeDefinitionNode): void {
    const name = stub.name.value;
    const owner = this.#flat.get(name);
    if (!owner) this.#fault(subgraph, name, 'has no @flat, and no other subgraph declares the type it would point at');
    const pointsOnly = print(directive(stub, 'key') ?? stub).includes('resolvable: false');
    if (pointsOnly === contributes(stub)) {
      const remedy = pointsOnly ? 'leave `resolvable: false` away' : 'say @key(fields: "id", resolvable: false)';
      this.#fault(subgraph, name, `${pointsOnly ? 'adds fields' : 'adds no field'}: ${remedy}`);
    }
    for (const field of stub.fields ?? []) {
      if (field.name.value === 'id' || isReference(field)) continue;
      this.#fault(subgraph, `${name}.${field.name.value}`, 'a stub adds references alone, with @ref or @refs');
    }
  }

  #flatType(subgraph: string, type: ObjectTypeDefinitionNode): FlatType {
    const fields = (type.fields ?? [])
      .filter((field) => !isReference(field))
      .map((field) => this.#field(subgraph, type, field));
    const columns = new Map<string, string>();
    for (const field of fields) {
      const twin = columns.get(field.column);
      if (twin)
        this.#fault(subgraph, `${type.name.value}.${field.name}`, `shares the column ${field.column} with ${twin}`);
      columns.set(field.column, field.name);
    }
    const where = argument(directive(type, 'flat'), 'where');
    if (where !== undefined) this.#checkClock(subgraph, type.name.value, where);
    const plant = this.#plant(subgraph, type);
    return {
      name: type.name.value,
      model: snakeCase(type.name.value),
      subgraph,
      ...(where === undefined ? {} : { where }),
      ...(plant ? { plant } : {}),
      fields,
    };
  }

  #plant(subgraph: string, type: ObjectTypeDefinitionNode): FlatType['plant'] {
    const name = type.name.value;
    const marked = (type.fields ?? []).filter((field) => directive(field, 'plant'));
    const onType = directive(type, 'plant');
    const none = argument(onType, 'none');
    for (const field of marked) {
      const place = `${name}.${field.name.value}`;
      if (argument(directive(field, 'plant'), 'none') !== undefined) {
        this.#fault(subgraph, place, '@plant(none:) stands on a type; on a field it is plain @plant');
      }
      if (namedType(field.type) !== 'String') this.#fault(subgraph, place, '@plant stands on a String');
    }
    if (onType && !none) this.#fault(subgraph, name, '@plant on a type says why there is none: @plant(none: "why")');
    const field = marked[0]?.name.value;
    if (marked.length > 1 || (field !== undefined && onType)) {
      this.#fault(subgraph, name, 'has more than one @plant: it is one field, or @plant(none:) on the type');
    }
    if (field !== undefined) return { field };
    if (none) return { none };
    if (!onType) this.#fault(subgraph, name, 'needs @plant on the field that says whose it is, or @plant(none: "why")');
    return undefined;
  }

  #field(subgraph: string, type: ObjectTypeDefinitionNode, field: FieldDefinitionNode): FlatField {
    const name = field.name.value;
    const place = `${type.name.value}.${name}`;
    const named = namedType(field.type);
    const values = this.#enums.get(named);
    const column = snakeCase(name);
    if (!/^[a-z][A-Za-z0-9]*$/.test(name) || camelCase(column) !== name) {
      this.#fault(subgraph, place, `cannot be mapped to a column and back (${column}): write it in plain camelCase`);
    }
    if (isList(field.type)) this.#fault(subgraph, place, 'a list needs @refs(by:); a column holds a single value');
    else if (this.#flat.has(named)) this.#fault(subgraph, place, `leads to ${named}: it needs @ref(by:)`);
    else if (!isScalar(named) && values?.subgraph !== subgraph) {
      this.#fault(subgraph, place, `${named} is neither a scalar nor an enum of this subgraph`);
    }

    const computed = argument(directive(field, 'computed'), 'sql');
    if (computed !== undefined) {
      this.#checkClock(subgraph, place, computed);
      for (const other of ['filter', 'sort', 'search', 'plant']) {
        if (directive(field, other)) {
          this.#fault(subgraph, place, `@computed goes without @${other}: filter and sort by the column it follows`);
        }
      }
    }
    if (directive(field, 'search') && named !== 'String') this.#fault(subgraph, place, '@search is for a String');
    if (directive(field, 'sort') && (named === 'Boolean' || named === 'ID')) {
      this.#fault(subgraph, place, `@sort by ${named === 'ID' ? 'an id' : 'a Boolean'} orders nothing a reader sees`);
    }
    return {
      name,
      column,
      type: named,
      ...(values ? { values: values.values } : {}),
      nullable: field.type.kind !== Kind.NON_NULL_TYPE,
      ...(directive(field, 'filter') ? { filter: true } : {}),
      ...(directive(field, 'sort') ? { sort: true } : {}),
      ...(directive(field, 'search') ? { search: true } : {}),
      ...(computed === undefined ? {} : { computed }),
    };
  }

  /** `$today` is the only thing that may stand for a value from outside, and the only clock. */
  #checkClock(subgraph: string, place: string, sql: string): void {
    const strange =
      /\$(?!today\b)\w*/.exec(sql)?.[0] ?? /\b(now\s*\(|current_\w+|clock_timestamp|localtime\w*)/i.exec(sql)?.[0];
    if (strange) this.#fault(subgraph, place, `"${strange}" in SQL: the only clock and the only parameter is $today`);
  }

  #reference(subgraph: string, type: ObjectTypeDefinitionNode, field: FieldDefinitionNode): FlatReference | undefined {
    const place = `${type.name.value}.${field.name.value}`;
    const fault = (problem: string) => this.#fault(subgraph, place, problem);
    const to = namedType(field.type);
    const target = this.#flat.get(to);
    if (!target) {
      fault(`${to} is no flat type`);
      return undefined;
    }
    if (directive(field, 'ref') && directive(field, 'refs')) fault('has both @ref and @refs');
    for (const other of ['filter', 'sort', 'search', 'plant', 'computed']) {
      if (directive(field, other)) fault(`@${other} stands on a column, not on a reference`);
    }

    const one = argument(directive(field, 'ref'), 'by');
    if (one !== undefined) {
      if (print(field.type) !== to) fault(`a reference to one is nullable: \`${field.name.value}: ${to}\``);
      const key = fieldOf(type, one);
      if (!key) fault(`@ref(by: "${one}"): ${type.name.value} has no field ${one}`);
      else if (namedType(key.type) !== 'ID') fault(`@ref(by: "${one}"): ${one} is no ID`);
      return { name: field.name.value, to, cardinality: 'one', by: one };
    }

    const many = argument(directive(field, 'refs'), 'by') ?? '';
    // A list that another subgraph adds can fail on its own; null then, rather than losing the whole entity.
    const wanted = isFlat(type) ? `[${to}]!` : `[${to}]`;
    if (print(field.type) !== wanted) fault(`must be \`${field.name.value}: ${wanted}\``);
    if (target.subgraph !== subgraph) {
      fault(`@refs leads to ${to} of ${target.subgraph}: declare the list there, on a stub of ${type.name.value}`);
    }
    const key = fieldOf(target.type, many);
    if (!key) fault(`@refs(by: "${many}"): ${to} has no field ${many}`);
    else if (namedType(key.type) !== 'ID') fault(`@refs(by: "${many}"): ${to}.${many} is no ID`);
    else if (!directive(key, 'filter'))
      fault(`@refs(by: "${many}"): ${to}.${many} needs @filter, which makes its index`);
    return { name: field.name.value, to, cardinality: 'many', by: many };
  }
}

const fieldOf = (type: ObjectTypeDefinitionNode, name: string): FieldDefinitionNode | undefined =>
  type.fields?.find((field) => field.name.value === name);

const camelCase = (column: string): string =>
  column.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
