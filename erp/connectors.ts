/** Finds the connector a deployment names: one that comes with Skiff, or a module of its own. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { positiveInteger } from '../runtime/env.ts';
import { FaultCode, OperatorFault } from '../runtime/errors.ts';
import type { Connector, ConnectorFactory } from './connector.ts';

export const ConnectorEnv = z
  .object({
    SKIFF_CONNECTOR: z.string().default('sandbox'),
    SKIFF_ERP_COMPANY: z.string().optional(),
    SKIFF_ERP_LANGUAGE: z.string().optional(),
    SKIFF_ERP_WRITES: z.enum(['key', 'reference', 'none']).optional(),
    SKIFF_ERP_SETTLES_MS: positiveInteger.optional(),
    SKIFF_TIME_ZONE: z.string().refine(isTimeZone, { error: 'must be a time zone such as Europe/Vienna' }).optional(),
  })
  .transform((env) => ({
    name: env.SKIFF_CONNECTOR,
    settings: {
      company: env.SKIFF_ERP_COMPANY,
      language: env.SKIFF_ERP_LANGUAGE,
      timeZone: env.SKIFF_TIME_ZONE,
      writes: env.SKIFF_ERP_WRITES,
      settlesWithinMs: env.SKIFF_ERP_SETTLES_MS,
    },
  }));

const ours: Readonly<Record<string, string>> = {
  sandbox: './sandbox/connector.ts',
  tryton: './tryton/connector.ts',
};

const ConnectorModule = z.object({
  connector: z.custom<ConnectorFactory>((value) => typeof value === 'function', {
    error: 'it must export a function "connector"',
  }),
});

export async function connectorOf({ name, settings }: z.output<typeof ConnectorEnv>): Promise<Connector> {
  const file = Object.hasOwn(ours, name)
    ? new URL(ours[name] ?? '', import.meta.url).href
    : pathToFileURL(resolve(name)).href;
  try {
    const { connector } = ConnectorModule.parse(await import(file));
    return connector(settings);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorFault(
      FaultCode.Configuration,
      `SKIFF_CONNECTOR="${name}" cannot be loaded: ${why}`,
      `Name one of ${Object.keys(ours).join(', ')}, or the path of a module that exports "connector".`,
      { cause },
    );
  }
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
