/**
 * Settings come from environment variables, are parsed once in `main.ts`, and every fault is named
 * at once with what to do.
 *
 * A variable that is set to nothing counts as unset, as compose files have it. Values that may be
 * secret are not repeated in messages.
 */
import { z } from 'zod';
import { FaultCode, OperatorFault } from './errors.ts';

/** A port to listen on; 0 lets the system choose one. */
export const port = z.coerce.number().int().min(0).max(65_535);

/** A whole number of at least 1: a count, bytes, milliseconds. */
export const positiveInteger = z.coerce.number().int().positive();

/** The same, where nought says that there is to be none. */
export const wholeNumber = z.coerce.number().int().min(0);

const addressLike = (protocol: RegExp, example: string) =>
  z.string().refine((value) => URL.canParse(value) && protocol.test(new URL(value).protocol), {
    error: `must look like ${example}`,
  });

export const postgresUrl = addressLike(/^postgres(ql)?:$/, 'postgresql://user:password@host:5432/database');

export const redisUrl = addressLike(/^rediss?:$/, 'redis://user:password@host:6379');

/** Parses settings. Throws one fault that names everything wrong with them. */
export function parseEnv<Schema extends z.ZodType>(schema: Schema, env: NodeJS.ProcessEnv): z.output<Schema> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;

  const defaults = defaultsOf(schema);
  const faults = new Set(parsed.error.issues.map((issue) => faultOf(issue, set, defaults)));
  const message = ['These settings are wrong:', ...faults].join('\n  ');
  throw new OperatorFault(FaultCode.Configuration, message);
}

/** The settings of several rooms as one schema, so that the faults of all of them are named at once. */
export function together<Rooms extends Readonly<Record<string, z.ZodType>>>(rooms: Rooms) {
  const toEveryRoom = (env: unknown) => Object.fromEntries(Object.keys(rooms).map((room) => [room, env]));
  return z.preprocess(toEveryRoom, z.object(rooms));
}

/** A sentence for each variable that looks like ours and is read by none of the schemas: most often a slip of the pen. */
export function unknownSettings(env: NodeJS.ProcessEnv, schemas: readonly z.ZodType[]): string[] {
  const known = new Set(schemas.flatMap((schema) => [...defaultsOf(schema).keys()]));
  return Object.keys(env)
    .filter((name) => name.startsWith('SKIFF_') && !known.has(name))
    .map((name) => {
      const meant = [...known].find((candidate) => editDistance(name, candidate) <= 2);
      return `${name} is not a setting of Skiff and is ignored.${meant ? ` Did you mean ${meant}?` : ''}`;
    });
}

/** The variables a schema reads, each with its default as text, if it has one. */
function defaultsOf(schema: z.core.$ZodType): Map<string, string | undefined> {
  if (schema instanceof z.ZodPipe) return new Map([...defaultsOf(schema.in), ...defaultsOf(schema.out)]);
  if (!(schema instanceof z.ZodObject)) return new Map();
  return new Map(
    Object.entries(schema.shape).flatMap(([name, field]: [string, z.core.$ZodType]) =>
      name === name.toUpperCase() ? [[name, defaultOf(field)] as const] : [...defaultsOf(field)],
    ),
  );
}

function defaultOf(field: z.core.$ZodType): string | undefined {
  return field instanceof z.ZodDefault ? String(field.def.defaultValue) : undefined;
}

/** One line: the variable, what is wrong with it, and what happens without it. */
function faultOf(
  issue: z.core.$ZodIssue,
  env: Readonly<Record<string, string | undefined>>,
  defaults: ReadonlyMap<string, string | undefined>,
): string {
  const name = String(issue.path.at(-1) ?? '');
  // A rule over several settings has no path of its own, and says which ones it means.
  if (!defaults.has(name)) return issue.message;
  const value = env[name];
  if (value === undefined) return `${name} is not set, and has no default.`;
  const fallback = defaults.get(name);
  const otherwise = fallback === undefined ? '' : ` Unset, it is ${fallback || 'empty'}.`;
  return `${name}${isSecret(name) ? '' : `="${value}"`} ${ruleOf(issue)}.${otherwise}`;
}

function ruleOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${issue.expected === 'int' ? 'a whole number' : `a ${issue.expected}`}`;
    case 'too_small':
      return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'invalid_format':
      return issue.format === 'url' ? 'must be a URL' : issue.message;
    default:
      return issue.message;
  }
}

/** URLs may hold a password. */
const isSecret = (name: string) => /(PASSWORD|SECRET|TOKEN|KEY|URL|URLS)$/.test(name);

/** How many letters must be put in, left out or exchanged to make one word of the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
