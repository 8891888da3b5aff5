/**
 * Compiles operations over flat types: one statement per root field and a function that shapes its rows, in
 * place of a federated plan. The answer is the same, byte for byte (a generated test holds both together).
 *
 *     selections ─► fragments opened, conditions decided (selection.ts)
 *       ─► tree of rows to ask for, and where each response key stands in it (compiled/shape.ts, connection.ts)
 *       ─► replica: one statement (replica/read/tree.ts)
 *       ─► texts to objects, errors and nulls (compiled/complete.ts)
 *
 * It is handed documents that are valid and variables that are coerced. What it cannot compile it refuses
 * with the reason, and the document goes through federation.
 */
import {
  type ExecutionResult,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  isObjectType,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { CannotCompile } from '../replica/errors.ts';
import type { FlatSchema, FlatType } from '../replica/flat-type.ts';
import { rootFields } from '../schema/names.ts';
import type { Fault } from './compiled/complete.ts';
import { connectionShape } from './compiled/connection.ts';
import { constantRoot, pageRoot, type Root, rowRoot } from './compiled/root.ts';
import { NotCompiled, RowRequest, type ShapeSettings } from './compiled/shape.ts';
import type { SubgraphContext } from './context.ts';
import { type Conditions, collect, perConditions } from './selection.ts';

export interface CompilerSettings {
  /** As clients see it. */
  readonly schema: GraphQLSchema;
  readonly flat: FlatSchema;
  /** Subgraphs whose read models are in this process's database. */
  readonly inProcess: ReadonlySet<string>;
}

export interface CompiledStatement {
  readonly field: string;
  readonly sql: string;
}

export type CompiledAnswer =
  | { readonly result: ExecutionResult; readonly statements: readonly CompiledStatement[] }
  | { readonly because: string };

type Variables = Readonly<Record<string, unknown>>;

export interface CompiledOperation {
  /** The answer; or why it has to come through federation. */
  answer(variables: Variables, context: SubgraphContext): Promise<CompiledAnswer>;
}

interface RootField {
  readonly type: FlatType;
  readonly isMany: boolean;
}

/** An operation under one set of conditions. */
interface Form {
  readonly roots: readonly Root[];
  readonly types: readonly string[];
}

export class Compiler {
  readonly #settings: CompilerSettings;
  readonly #types: ShapeSettings['types'];
  readonly #references: ShapeSettings['references'];
  readonly #rootFields: ReadonlyMap<string, RootField>;

  constructor(settings: CompilerSettings) {
    this.#settings = settings;
    const { types, references } = settings.flat;
    this.#types = new Map(types.map((type) => [type.name, type]));
    this.#references = new Map(references.map((reference) => [`${reference.from}.${reference.name}`, reference]));
    this.#rootFields = new Map(
      types.flatMap((type): [string, RootField][] => {
        const { one, many } = rootFields(type.name);
        return [
          [one, { type, isMany: false }],
          [many, { type, isMany: true }],
        ];
      }),
    );
  }

  compile(
    operation: OperationDefinitionNode,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ): CompiledOperation {
    const formFor = perConditions(operation, fragments, (conditions) => this.#form(operation, fragments, conditions));
    return {
      async answer(variables, context) {
        const form = formFor(variables);
        if (form instanceof NotCompiled) return { because: form.message };
        try {
          return await answered(form, variables, context);
        } catch (error) {
          if (error instanceof CannotCompile) return { because: error.message };
          throw error;
        }
      },
    };
  }

  #form(
    operation: OperationDefinitionNode,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    conditions: Conditions,
  ): Form | NotCompiled {
    const used = new Set<string>();
    const settings: ShapeSettings = {
      fragments,
      conditions,
      types: this.#types,
      references: this.#references,
      objectType: (name) => {
        const type = this.#settings.schema.getType(name);
        if (!isObjectType(type)) throw new NotCompiled(`${name} is no object type.`);
        return type;
      },
      use: ({ name, subgraph }, declaredIn) => {
        const elsewhere = [subgraph, declaredIn].find((one) => !this.#settings.inProcess.has(one));
        if (elsewhere) throw new NotCompiled(`The subgraph ${elsewhere} is another process.`);
        used.add(name);
      },
    };
    try {
      const roots = this.#roots(operation, settings);
      return { roots, types: [...used] };
    } catch (error) {
      if (error instanceof NotCompiled) return error;
      throw error;
    }
  }

  #roots(operation: OperationDefinitionNode, settings: ShapeSettings): Root[] {
    if (operation.operation !== OperationTypeNode.QUERY) throw new NotCompiled('Only queries are compiled.');
    const query = this.#settings.schema.getQueryType();
    return collect([operation.selectionSet], settings.fragments, settings.conditions).map((collected) => {
      const { key, field } = collected;
      const name = field.name.value;
      if (name === '__typename') return constantRoot(key, query?.name ?? 'Query');
      const root = this.#rootFields.get(name);
      const definition = query?.getFields()[name];
      if (!root || !definition) throw new NotCompiled(`Query.${name} is no row or list of a flat type.`);
      const request = new RowRequest(root.type, settings);
      if (!root.isMany) {
        const shape = request.shape(collected);
        return rowRoot({ key, field, definition }, request.asked, shape);
      }
      const shape = connectionShape(root.type.name, collected, request, settings.fragments, settings.conditions);
      return pageRoot({ key, field, definition }, request.asked, shape);
    });
  }
}

async function answered(
  { roots, types }: Form,
  variables: Variables,
  context: SubgraphContext,
): Promise<CompiledAnswer> {
  const reads = context.trees(types);
  const statements: CompiledStatement[] = [];
  const errors: GraphQLError[] = [];
  const data: Record<string, unknown> = {};
  const values = await Promise.all(
    roots.map(async (root) => {
      const faults: Fault[] = [];
      try {
        const { value, sql } = await root.answer(reads, variables, faults);
        if (sql !== null) statements.push({ field: root.key, sql });
        for (const { path, error } of faults) errors.push(located(error, [root.key, ...path]));
        return value;
      } catch (error) {
        if (error instanceof CannotCompile) throw error;
        errors.push(located(error, [root.key]));
        return null;
      }
    }),
  );
  roots.forEach(({ key }, at) => {
    data[key] = values[at] ?? null;
  });
  return { result: { ...(errors.length > 0 ? { errors } : {}), data }, statements };
}

function located(error: unknown, path: readonly (string | number)[]): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { path, originalError });
}
