/** The embedded server's settings by the size of the machine: runtime/embedded-postgres/settings.ts. */
import { expect, test } from 'vitest';
import { settingsFor, thisMachine } from '../../runtime/embedded-postgres/settings.ts';

const GB = 1024 ** 3;

test.each([
  [0.5, '128MB'],
  [8, '1024MB'],
  [64, '2048MB'],
])('with %d GB of memory the server takes %s for its buffers', (memory, buffers) => {
  const settings = settingsFor({ memoryBytes: memory * GB, sharedMemoryBytes: GB });
  expect(settings.shared_buffers).toBe(buffers);
});

test('in a container with little shared memory, parallel workers meet elsewhere', () => {
  const settings = settingsFor({ memoryBytes: 8 * GB, sharedMemoryBytes: 64 * 1024 ** 2 });
  expect(settings.dynamic_shared_memory_type).toBe('mmap');
});

test('this machine has memory', () => {
  expect(thisMachine().memoryBytes).toBeGreaterThan(64 * 1024 ** 2);
  expect(Number.isFinite(thisMachine().memoryBytes)).toBe(true);
});
