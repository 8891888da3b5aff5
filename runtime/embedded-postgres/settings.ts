/**
 * The server's settings, by the size of the machine.
 */
import { existsSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';

export type PostgresSettings = Readonly<Record<string, string | number>>;

export interface Machine {
  readonly memoryBytes: number;
  /** Size of /dev/shm, which containers often keep at 64 MB; infinite where there is none. */
  readonly sharedMemoryBytes: number;
}

const MB = 1024 ** 2;

export function thisMachine(): Machine {
  // In a container the limit counts, not the machine under it; 0 means there is none.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  const shared = existsSync('/dev/shm') ? statfsSync('/dev/shm') : undefined;
  return {
    memoryBytes: Math.min(totalmem(), limit),
    sharedMemoryBytes: shared ? shared.bsize * shared.blocks : Number.POSITIVE_INFINITY,
  };
}

export function settingsFor({ memoryBytes, sharedMemoryBytes }: Machine): PostgresSettings {
  const shareOfMemory = (divisor: number, least: number, most: number) =>
    `${Math.floor(Math.min(Math.max(memoryBytes / divisor / MB, least), most))}MB`;
  return {
    wal_level: 'logical',
    max_wal_senders: 20,
    max_replication_slots: 20,
    max_connections: 200,
    shared_buffers: shareOfMemory(8, 128, 2_048),
    effective_cache_size: shareOfMemory(2, 256, 65_536),
    maintenance_work_mem: shareOfMemory(64, 64, 512),
    work_mem: '16MB',
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    // Every statement of ours is short: compiling one costs more than running it.
    jit: 'off',
    random_page_cost: 1.1,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %d ',
    // Parallel workers meet in /dev/shm, and fail where it is small.
    ...(sharedMemoryBytes < 256 * MB && { dynamic_shared_memory_type: 'mmap' }),
  };
}
