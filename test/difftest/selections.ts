/** Random selections: fields, references, fragments of every kind, aliases, conditions, keys asked for twice. */
import type { FlatSchema, FlatType } from '../../replica/flat-type.ts';
import { connectionType, edgeType } from '../../schema/names.ts';
import type { Random } from './random.ts';
import type { Variables } from './variables.ts';

const DEEPEST = 3;

export class Selections {
  readonly #random: Random;
  readonly #flat: FlatSchema;
  readonly #variables: Variables;
  readonly #fragments: { readonly name: string; readonly on: string; readonly depth: number; readonly text: string }[] =
    [];
  #aliases = 0;

  constructor(random: Random, flat: FlatSchema, variables: Variables) {
    this.#random = random;
    this.#flat = flat;
    this.#variables = variables;
  }

  /** The definitions of the fragments that were spread. */
  get fragments(): string {
    return this.#fragments.map(({ name, on, text }) => `fragment ${name} on ${on} ${text}`).join('\n');
  }

  connection(type: FlatType): string {
    const row = () => this.row(type);
    const edge = () =>
      this.#some(edgeType(type.name), 2, () => this.#random.pick([() => 'cursor', () => `node ${row()}`])());
    const pageInfo = () =>
      this.#some('PageInfo', 3, () =>
        this.#random.pick(['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor']),
      );
    return this.#some(connectionType(type.name), 3, () =>
      this.#random.pick([
        () => `nodes ${row()}`,
        () => `nodes ${row()}`,
        () => `edges ${edge()}`,
        () => `pageInfo ${pageInfo()}`,
        () => 'totalCount',
      ])(),
    );
  }

  row(type: FlatType, depth = DEEPEST): string {
    const references = depth > 0 ? this.#flat.references.filter(({ from }) => from === type.name) : [];
    return this.#some(
      type.name,
      6,
      () => {
        if (references.length === 0 || this.#random.chance(0.7)) return this.#random.pick(type.fields).name;
        const { name, to } = this.#random.pick(references);
        return `${name} ${this.row(this.#typeOf(to), depth - 1 - this.#random.below(2))}`;
      },
      depth,
    );
  }

  #typeOf(name: string): FlatType {
    const type = this.#flat.types.find((one) => one.name === name);
    if (!type) throw new TypeError(`There is no type ${name}`);
    return type;
  }

  /** Up to `most` fields, and now and then a fragment of more. */
  #some(on: string, most: number, field: () => string, depth = 0): string {
    const random = this.#random;
    const parts = Array.from({ length: 1 + random.below(most) }, () => {
      const kind = random.below(20);
      if (kind === 0) return `__typename`;
      if (kind === 1)
        return `... ${random.chance(0.5) ? `on ${on}` : ''} ${this.#condition()} { ${field()} __typename }`;
      if (kind === 2) return this.#spread(on, field, depth);
      const alias = random.chance(0.08) ? `x${++this.#aliases}: ` : '';
      return `${alias}${this.#conditioned(field())}`;
    });
    return `{ ${parts.join(' ')} }`;
  }

  #spread(on: string, field: () => string, depth: number): string {
    const known = this.#fragments.filter((one) => one.on === on && one.depth <= depth);
    if (known.length > 0 && this.#random.chance(0.5)) return `...${this.#random.pick(known).name} ${this.#condition()}`;
    const text = `{ ${field()} ${field()} }`;
    const name = `F${this.#fragments.length + 1}`;
    this.#fragments.push({ name, on, depth, text });
    return `...${name} ${this.#condition()}`;
  }

  /** A directive stands between a field's name and its selection. */
  #conditioned(field: string): string {
    const [, name = '', selection = ''] = /^(\w+)(.*)$/s.exec(field) ?? [];
    return `${name} ${this.#condition()}${selection}`;
  }

  #condition(): string {
    if (!this.#random.chance(0.05)) return '';
    const directive = this.#random.pick(['skip', 'include']);
    const value = this.#random.chance(0.3) ? this.#random.chance(0.5) : this.#variables.condition();
    return `@${directive}(if: ${value})`;
  }
}
