/**
 * What an address says behind its question mark: a dataset's own parameters, and those that every dataset has.
 *
 * One that nobody knows is refused. Passed over, a filter with a slip of the pen in its name would export everything.
 */
import { getNamedType, getNullableType, isListType } from 'graphql';
import { ErrorCode } from '../../runtime/errors.ts';
import { isShared, SHARED_PARAMETERS, type SharedParameter } from '../../schema/datasets.ts';
import { type Refusal, refusal } from '../refusal.ts';
import type { Dataset, Parameter } from './dataset.ts';

export interface Asked {
  readonly variables: Record<string, unknown>;
  readonly limit: number | null;
  readonly cursor: string | null;
  /** As the headers have them. */
  readonly maxStaleness: string | null;
  readonly onStale: string | null;
  /** CSV begins with a mark by which Excel knows UTF-8. */
  readonly bom: boolean;
  /** No text of a CSV is a formula. */
  readonly safe: boolean;
  readonly download: boolean;
}

export function askedOf(dataset: Dataset, query: URLSearchParams): Asked {
  const parameters = new Map(dataset.parameters.map((parameter) => [parameter.name, parameter]));
  const values: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const parameter = parameters.get(name);
    if (parameter) values[name] = given(parameter, query.getAll(name));
    else if (!isShared(name)) throw unknown(name, dataset);
  }
  for (const { name, isRequired, type } of dataset.parameters) {
    if (isRequired && !query.has(name)) throw bad(`${name}: this dataset needs it, a ${type}.`);
  }
  const limit = single(query, 'limit');
  return {
    variables: dataset.variablesFor(values),
    limit: limit === null ? null : limitOf(limit),
    cursor: single(query, 'cursor'),
    maxStaleness: single(query, 'maxStaleness'),
    onStale: single(query, 'onStale'),
    bom: flag(query, 'bom', false),
    safe: flag(query, 'safe', true),
    download: flag(query, 'download', false),
  };
}

const bad = (message: string): Refusal => refusal(400, ErrorCode.BadUserInput, message);

function unknown(name: string, { parameters }: Dataset): Refusal {
  const known = [...parameters.map((parameter) => parameter.name), ...SHARED_PARAMETERS];
  return bad(`${name}: no such parameter. There are ${known.join(', ')}.`);
}

/** What the text means to GraphQL; a text that means nothing to it stays, and is refused there. */
function given({ name, input }: Parameter, texts: readonly string[]): unknown {
  const type = getNamedType(input).name;
  const values = texts.map((text) => {
    if ((type === 'Int' || type === 'Float') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
    if (type === 'Boolean' && /^(true|false)$/.test(text)) return text === 'true';
    return text;
  });
  if (isListType(getNullableType(input))) return values;
  if (values.length > 1) throw bad(`${name}: takes one value.`);
  return values[0];
}

function single(query: URLSearchParams, name: SharedParameter): string | null {
  const [value = null, second] = query.getAll(name);
  if (second !== undefined) throw bad(`${name}: takes one value.`);
  return value;
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || !Number.isSafeInteger(limit)) throw bad('limit: a whole number, at least 1.');
  return limit;
}

function flag(query: URLSearchParams, name: SharedParameter, otherwise: boolean): boolean {
  const text = single(query, name);
  if (text === null) return otherwise;
  if (text !== '0' && text !== '1') throw bad(`${name}: 0 or 1.`);
  return text === '1';
}
