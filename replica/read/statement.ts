/**
 * Writes one statement: collects its values while its text is put together, and names it by its text.
 *
 * A name makes PostgreSQL prepare the statement on every connection that meets it and keep it there
 * (`prepared.ts`). How many rows a range or a search finds depends on its values, and so does
 * the best way to find them: such a statement stays nameless and is planned each time.
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type AccessScope, scopeKey } from '../access-scope.ts';
import type { GroundsCollector, RestOn } from '../grounds.ts';
import type { Queryable, TextRow } from '../queryable.ts';
import { readError } from './errors.ts';
import type { RowCache } from './row-cache.ts';

/** Of which we know the name without working it out. */
const MOST_NAMES = 2_000;

/** What an answer depends on beside its question: the day it is asked on, and who asks. */
export interface Viewpoint {
  /** `YYYY-MM-DD` */
  readonly today: string;
  readonly scope: AccessScope;
  /** Is told what the answer rests on. */
  readonly grounds?: GroundsCollector | undefined;
}

/** Scopes of one form make the same statements. */
export type ScopeForm = 'all' | 'one' | 'several';

export const scopeForm = ({ plants }: AccessScope): ScopeForm =>
  plants === '*' ? 'all' : plants.length === 1 ? 'one' : 'several';

/** How a bound value is written: as a parameter; a COPY, which has none, reads it from a setting. */
export type Placeholder = (number: number) => string;

export class StatementWriter {
  readonly #viewpoint: Viewpoint;
  readonly #placeholder: Placeholder;
  readonly #values: unknown[] = [];
  /** What it has bound of its viewpoint, in this order. */
  readonly #bound = new Map<keyof Viewpoint, string>();
  #plannedOnce = true;

  constructor(viewpoint: Viewpoint, placeholder: Placeholder = (number) => `$${number}`) {
    this.#viewpoint = viewpoint;
    this.#placeholder = placeholder;
  }

  /** Texts written with the other hold in this one too: what it bound of its viewpoint has the same numbers here. */
  static like(other: StatementWriter, viewpoint: Viewpoint): StatementWriter {
    const statement = new StatementWriter(viewpoint);
    for (const part of other.#bound.keys()) statement.#bindOnce(part);
    return statement;
  }

  get scope(): AccessScope {
    return this.#viewpoint.scope;
  }

  get grounds(): GroundsCollector | undefined {
    return this.#viewpoint.grounds;
  }

  bind(value: unknown): string {
    return this.#placeholder(this.#values.push(value));
  }

  /** SQL from a declaration, with `$today` bound in it. */
  declared(sql: string): string {
    return sql.replace(/\$today\b/g, () => `${this.#bindOnce('today')}::date`);
  }

  /** The plants of the scope; the plant itself where it is one. */
  bindPlants(): string {
    return this.#bindOnce('scope');
  }

  #bindOnce(part: keyof Viewpoint): string {
    const known = this.#bound.get(part);
    if (known !== undefined) return known;
    const { today, scope } = this.#viewpoint;
    const bound = this.bind(part === 'today' ? today : scopeForm(scope) === 'one' ? scope.plants[0] : scope.plants);
    this.#bound.set(part, bound);
    return bound;
  }

  /** For conditions of which a plan for any values would be a bad one. */
  planEachTime(): void {
    this.#plannedOnce = false;
  }

  get plannedOnce(): boolean {
    return this.#plannedOnce;
  }

  get values(): unknown[] {
    return this.#values;
  }
}

/** What cannot be read out of the rows is a fault of the answer, and found when it is made. */
function restSafely(rows: readonly TextRow[], grounds: GroundsCollector, restOn: RestOn): void {
  try {
    restOn(rows, grounds);
  } catch {
    grounds.lose();
  }
}

/** Runs statements of any shape; the frequent ones prepared. */
export class Reader {
  readonly #db: Queryable;
  /** Null where rows are not kept. */
  readonly cache: RowCache | null;
  readonly #names = new LRUCache<string, string>({ max: MOST_NAMES });

  constructor(db: Queryable, cache: RowCache | null = null) {
    this.#db = db;
    this.cache = cache;
  }

  async rows(model: string, text: string, statement: StatementWriter, restOn: RestOn): Promise<readonly TextRow[]> {
    const { values, scope, grounds } = statement;
    if (this.cache) {
      const key = `${this.#nameOf(model, text)}\n${scopeKey(scope)}\n${JSON.stringify(values)}`;
      return this.cache.rows(key, () => this.read(model, text, statement), restOn, grounds);
    }
    const rows = await this.read(model, text, statement);
    if (grounds) restSafely(rows, grounds, restOn);
    return rows;
  }

  /** Past what is kept. */
  async read(
    model: string,
    text: string,
    { values, plannedOnce, scope }: StatementWriter,
  ): Promise<readonly TextRow[]> {
    const name = plannedOnce ? this.#nameOf(model, text) : undefined;
    try {
      const { rows } = await this.#db.query({ ...(name ? { name } : {}), text, values, rowMode: 'array' }, scope);
      return rows;
    } catch (error) {
      throw readError(error);
    }
  }

  #nameOf(model: string, text: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = `${model.slice(0, 40)}_${createHash('sha1').update(text).digest('hex').slice(0, 12)}`;
    this.#names.set(text, name);
    return name;
  }
}
