/**
 * Documents of clients, read and judged once: parsed, measured, validated. What comes out may be executed
 * with any variables that pass `variablesFor` and the cost.
 *
 * The cache keeps what was found good. Its objects are the planner's and the compiled subgraph documents'
 * keys: what leaves it takes its plan along.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  recommendedRules,
  specifiedRules,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { checkExtent } from './limits/extent.ts';
import { introspectionRule } from './limits/introspection.ts';
import type { Limits } from './limits/limits.ts';
import { badDocument } from './refusal.ts';

export interface GoodDocument {
  readonly document: DocumentNode;
  readonly operations: readonly OperationDefinitionNode[];
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export interface DocumentSettings {
  readonly limits: Limits;
  readonly introspection: boolean;
}

const MOST_DOCUMENTS = 1_000;
const MOST_CHARACTERS = 5_000_000;
/** Enough to mend a document by; validation of a bad one should not take long. */
const MOST_ERRORS = 20;

export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #settings: DocumentSettings;
  readonly #good = new LRUCache<string, GoodDocument>({
    max: MOST_DOCUMENTS,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (_document, text) => text.length + 1,
  });

  constructor(schema: GraphQLSchema, settings: DocumentSettings) {
    this.#schema = schema;
    this.#settings = settings;
  }

  /** Of a client's text. Throws a refusal that names what is wrong. */
  read(text: string): GoodDocument {
    const known = this.#good.get(text);
    if (known) return known;
    const good = this.judge(text);
    this.#good.set(text, good);
    return good;
  }

  /** Reads without keeping: for those who keep it themselves. */
  judge(text: string): GoodDocument {
    const document = parsed(text, this.#settings.limits.tokens);
    checkExtent(document, this.#settings.limits);
    const rules = [...specifiedRules, ...recommendedRules, introspectionRule(this.#settings.introspection)];
    const faults = validate(this.#schema, document, rules, { maxErrors: MOST_ERRORS, hideSuggestions: true });
    if (faults.length > 0) throw badDocument(faults);
    return {
      document,
      operations: document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION),
      fragments: new Map(
        document.definitions
          .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
          .map((fragment) => [fragment.name.value, fragment]),
      ),
    };
  }

  /** The operation of this name, or the only one. */
  operationOf({ operations }: GoodDocument, name: string | undefined): OperationDefinitionNode {
    const [first, second] = operations;
    const operation = name === undefined ? first : operations.find((candidate) => candidate.name?.value === name);
    if (!operation) throw badDocument([{ message: 'The document has no operation of this name.' }]);
    if (name === undefined && second) {
      throw badDocument([{ message: 'The document has several operations: say which by operationName.' }]);
    }
    if (!this.#schema.getRootType(operation.operation)) {
      throw badDocument([{ message: `The schema has no ${operation.operation}.` }]);
    }
    return operation;
  }

  /** The variables' values, defaults included. */
  variablesFor(operation: OperationDefinitionNode, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { coerced, errors } = getVariableValues(this.#schema, operation.variableDefinitions ?? [], given, {
      maxErrors: MOST_ERRORS,
      hideSuggestions: true,
    });
    if (errors) throw badDocument(errors);
    return coerced;
  }
}

function parsed(text: string, maxTokens: number): DocumentNode {
  try {
    return parse(text, { maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError) throw badDocument([error]);
    throw error;
  }
}
