/**
 * The process's log: one JSON object per line on stdout, or short lines when a person watches.
 *
 * Nothing secret is written: known fields are cut out, and so is the password of any URL wherever it
 * stands in a line, since libraries put connection strings into their messages.
 */
import { pino } from 'pino';
import { z } from 'zod';
import { once } from './once.ts';

export const LogEnv = z
  .object({ SKIFF_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info') })
  .transform((env) => ({ level: env.SKIFF_LOG_LEVEL }));

export type LogConfig = Readonly<z.infer<typeof LogEnv>>;
export type Log = pino.Logger;

/** Where lines go; `isTTY` as of a terminal's stream. */
export interface LogTarget {
  readonly isTTY?: boolean;
  write(line: string): unknown;
}

const SECRET_FIELDS = ['authorization', 'cookie', 'password', 'secret', 'token', 'apiKey', 'connectionString'];

export function createLog({ level }: LogConfig, target: LogTarget = standardOutput()): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[cut]',
      },
      hooks: { streamWrite: (line) => withoutPasswords(line) },
    },
    { write: (line) => void target.write(target.isTTY ? forPeople(line) : line) },
  );
}

/** All logs of the process share it. */
const standardOutput = once((): LogTarget => (process.stdout.isTTY ? process.stdout : batched(process.stdout)));

/** The lines of one turn of the event loop leave in one write: alone, a request's line costs as much as a small answer. */
function batched(target: LogTarget): LogTarget {
  let lines = '';
  const flush = (): void => {
    if (lines !== '') target.write(lines);
    lines = '';
  };
  process.on('exit', flush);
  return {
    write(line) {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
  };
}

/** Cuts the password out of every URL in a text. */
export function withoutPasswords(text: string): string {
  // Most lines have none, and to look for the whole pattern in each costs more than to write it.
  if (!text.includes('://')) return text;
  return text.replace(/(\w+:\/\/[^\s:/@"']*):[^\s@"']+@/g, '$1:[cut]@');
}

const Line = z.looseObject({
  time: z.string(),
  level: z.string(),
  msg: z.string().default(''),
  err: z.looseObject({ message: z.string().optional(), stack: z.string().optional() }).optional(),
});

function forPeople(json: string): string {
  const { time, level, msg, err, ...fields } = Line.parse(JSON.parse(json));
  const details = Object.entries(fields).map(([name, value]) => ` ${name}=${briefly(value)}`);
  const trace = err ? `\n${err.stack ?? err.message ?? ''}` : '';
  return `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${msg}${details.join('')}${trace}\n`;
}

const briefly = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
