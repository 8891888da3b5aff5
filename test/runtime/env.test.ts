/** Settings from the environment: runtime/env.ts. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  parseEnv,
  port,
  positiveInteger,
  postgresUrl,
  redisUrl,
  together,
  unknownSettings,
} from '../../runtime/env.ts';
import { FaultCode, OperatorFault } from '../../runtime/errors.ts';

const GatewayEnv = z
  .object({
    SKIFF_PORT: port.default(4000),
    SKIFF_REQUEST_TIMEOUT_MS: positiveInteger.default(5_000),
    SKIFF_MODE: z.enum(['fast', 'exact']).default('fast'),
  })
  .transform((env) => ({ port: env.SKIFF_PORT, timeoutMs: env.SKIFF_REQUEST_TIMEOUT_MS, mode: env.SKIFF_MODE }));

const ReplicaEnv = z
  .object({ SKIFF_ERP_DATABASE_URL: postgresUrl, SKIFF_PORT: port.default(4000) })
  .transform((env) => ({ erp: env.SKIFF_ERP_DATABASE_URL, port: env.SKIFF_PORT }));

function faultOf(work: () => unknown): OperatorFault {
  try {
    work();
  } catch (error) {
    if (error instanceof OperatorFault) return error;
    throw error;
  }
  throw new Error('It was accepted');
}

test('settings become what the program calls them, and defaults fill in', () => {
  expect(parseEnv(GatewayEnv, { SKIFF_PORT: '80' })).toEqual({ port: 80, timeoutMs: 5_000, mode: 'fast' });
});

test('a variable set to nothing is as if unset', () => {
  expect(parseEnv(GatewayEnv, { SKIFF_PORT: '' }).port).toBe(4000);
});

test('every wrong setting is named at once, with what it must be and what it is without being set', () => {
  const env = { SKIFF_PORT: 'eighty', SKIFF_REQUEST_TIMEOUT_MS: '0', SKIFF_MODE: 'slow' };
  const fault = faultOf(() => parseEnv(GatewayEnv, env));
  expect(fault.code).toBe(FaultCode.Configuration);
  expect(fault.message.split('\n  ')).toEqual([
    'These settings are wrong:',
    'SKIFF_PORT="eighty" must be a number. Unset, it is 4000.',
    'SKIFF_REQUEST_TIMEOUT_MS="0" must be more than 0. Unset, it is 5000.',
    'SKIFF_MODE="slow" must be one of fast, exact. Unset, it is fast.',
  ]);
});

test('the faults of several rooms are named together, a shared one once', () => {
  const rooms = together({ gateway: GatewayEnv, replica: ReplicaEnv });
  const fault = faultOf(() => parseEnv(rooms, { SKIFF_PORT: '70000' }));
  expect(fault.message.split('\n  ')).toEqual([
    'These settings are wrong:',
    'SKIFF_PORT="70000" must be at most 65535. Unset, it is 4000.',
    'SKIFF_ERP_DATABASE_URL is not set, and has no default.',
  ]);
});

test('each room gets its own settings of one environment', () => {
  const rooms = together({ gateway: GatewayEnv, replica: ReplicaEnv });
  const { gateway, replica } = parseEnv(rooms, { SKIFF_PORT: '81', SKIFF_ERP_DATABASE_URL: 'postgresql://erp/x' });
  expect(gateway.port).toBe(81);
  expect(replica).toEqual({ erp: 'postgresql://erp/x', port: 81 });
});

test.each(['mysql://erp/x', 'erp.example:5432', 'postgres'])('%s is not taken for a PostgreSQL URL', (url) => {
  const fault = faultOf(() => parseEnv(ReplicaEnv, { SKIFF_ERP_DATABASE_URL: url }));
  expect(fault.message).toContain('postgresql://user:password@host:5432/database');
});

test.each(['http://cache/', 'cache:6379'])('%s is not taken for the URL of a Redis, nor repeated', (url) => {
  const fault = faultOf(() => parseEnv(z.object({ SKIFF_CACHE_URL: redisUrl }), { SKIFF_CACHE_URL: url }));
  expect(fault.message).toContain('SKIFF_CACHE_URL must look like redis://user:password@host:6379.');
  expect(fault.message).not.toContain(url);
});

test('the value of a setting that may hold a password is not repeated', () => {
  const fault = faultOf(() => parseEnv(ReplicaEnv, { SKIFF_ERP_DATABASE_URL: 'http://erp:hunter2@host/x' }));
  expect(fault.message).not.toContain('hunter2');
});

test('a setting that nothing reads is pointed out, with the one that was meant', () => {
  const env = { SKIFF_PROT: '80', SKIFF_PORT: '80', SKIFF_COLOUR: 'red', PATH: '/bin' };
  expect(unknownSettings(env, [GatewayEnv, together({ replica: ReplicaEnv })])).toEqual([
    'SKIFF_PROT is not a setting of Skiff and is ignored. Did you mean SKIFF_PORT?',
    'SKIFF_COLOUR is not a setting of Skiff and is ignored.',
  ]);
});
