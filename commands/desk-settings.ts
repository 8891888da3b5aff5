/** What the desk stands on. */
import type pg from 'pg';
import type { FreshnessSource } from '../replica/fresh-enough.ts';
import type { OpenReads } from '../replica/read.ts';
import type { Policy } from './policy.ts';

export interface DeskSettings {
  readonly db: pg.Pool;
  readonly policy: Policy;
  /** Facts are read from read models, which are made fresh before somebody decides. */
  readonly openReads: OpenReads;
  readonly source: FreshnessSource;
  readonly today: () => string;
  /** Something is to be sent: dispatchers need not wait until they look by themselves. */
  readonly wake: () => void;
}
