/** The two lists of error codes: runtime/errors.ts. */
import { expect, test } from 'vitest';
import { ErrorCode, errorRemedies, FaultCode, faultRemedies, OperatorFault, SkiffError } from '../../runtime/errors.ts';

test('every code of either list has a remedy of one line', () => {
  expect(Object.keys(errorRemedies).sort()).toEqual(Object.values(ErrorCode).sort());
  expect(Object.keys(faultRemedies).sort()).toEqual(Object.values(FaultCode).sort());
  for (const remedy of Object.values({ ...errorRemedies, ...faultRemedies })) expect(remedy).toMatch(/^[^\n]{10,}$/);
});

test('no code is in both lists', () => {
  const faults: readonly string[] = Object.values(FaultCode);
  expect(Object.values(ErrorCode).filter((code) => faults.includes(code))).toEqual([]);
});

test('details of an error never displace its code', () => {
  const error = new SkiffError(ErrorCode.RateLimited, 'Too fast', { code: 'OTHER', retryAfterMs: 5 });
  expect(error.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterMs: 5 });
});

test('an operator fault carries nothing that GraphQL would send to a client', () => {
  expect(new OperatorFault(FaultCode.SlotLost, 'Slot skiff is gone')).not.toHaveProperty('extensions');
});
