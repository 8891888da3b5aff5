/** What the tab in front would send: one operation with the fragments it needs, read from the texts of its editors. */
import { Kind, type OperationDefinitionNode, parse, print, separateOperations } from 'graphql';
import * as z from 'zod/mini';

export interface AskedOperation {
  /** Of this server, without a slash at its end. */
  readonly origin: string;
  readonly operation: OperationDefinitionNode;
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Those of the headers editor, secrets left out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly needsCredential: boolean;
}

export interface Editors {
  readonly query: string;
  readonly variables: string;
  readonly headers: string;
  /** Of the one to run, where there are several. */
  readonly operationName: string | null;
}

const Variables = z.record(z.string(), z.unknown());
const Headers = z.record(z.string(), z.string());
const SECRETS = ['authorization', 'x-api-key', 'cookie'];

/** Throws an error that says which text is not (yet) what it should be. */
export function askedOperation(editors: Editors, origin: string, hasCredential: boolean): AskedOperation {
  const { operation, text } = operationOf(editors);
  const headers = Object.entries(headersIn(editors.headers));
  const plain = headers.filter(([name]) => !SECRETS.includes(name.toLowerCase()));
  return {
    origin,
    operation,
    text,
    variables: variablesIn(editors.variables),
    headers: Object.fromEntries(plain),
    needsCredential: hasCredential || plain.length < headers.length,
  };
}

function operationOf({ query, operationName }: Editors) {
  const document = parse(query);
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const operation = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  if (!operation) throw new Error('The editor holds no operation.');
  const separate = separateOperations(document)[operation.name?.value ?? ''] ?? document;
  return { operation, text: print(separate) };
}

const variablesIn = (text: string) => read(text, Variables, 'The variables are not a JSON object.');

/** What stands in the headers editor. */
export const headersIn = (text: string) => read(text, Headers, 'The headers are not a JSON object of texts.');

function read<T>(text: string, form: z.ZodMiniType<Record<string, T>>, fault: string): Record<string, T> {
  if (text.trim() === '') return {};
  try {
    return form.parse(JSON.parse(text));
  } catch {
    throw new Error(fault);
  }
}
