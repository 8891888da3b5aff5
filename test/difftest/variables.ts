/** The variables of a random document: declared, and given, left out, or null. */
import type { Random } from './random.ts';

interface Variable {
  readonly declaration: string;
  readonly name: string;
  readonly given: unknown;
}

export class Variables {
  readonly #random: Random;
  readonly #all: Variable[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  get declarations(): string {
    return this.#all.length === 0 ? '' : `(${this.#all.map(({ declaration }) => declaration).join(', ')})`;
  }

  /** As a request gives them. */
  get values(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#all.flatMap(({ name, given }) => (given === undefined ? [] : [[name, given]])));
  }

  /** A variable in place of a value, in this position of the schema. `literal` is the value as a document writes it. */
  add(type: string, value: unknown, literal: string): string {
    const name = `v${this.#all.length + 1}`;
    if (type.endsWith('!')) return this.#declare(name, `$${name}: ${type}`, value);
    const how = this.#random.below(20);
    if (how === 0) return this.#declare(name, `$${name}: ${type}`, null);
    if (how < 4) return this.#declare(name, `$${name}: ${type}`, undefined);
    if (how < 8) return this.#declare(name, `$${name}: ${type} = ${literal}`, undefined);
    return this.#declare(name, `$${name}: ${type}`, value);
  }

  condition(): string {
    const name = `v${this.#all.length + 1}`;
    const value = this.#random.chance(0.5);
    return this.#random.chance(0.5)
      ? this.#declare(name, `$${name}: Boolean = ${value}`, this.#random.chance(0.5) ? !value : undefined)
      : this.#declare(name, `$${name}: Boolean!`, value);
  }

  #declare(name: string, declaration: string, given: unknown): string {
    this.#all.push({ name, declaration, given });
    return `$${name}`;
  }
}
