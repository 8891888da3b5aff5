/**
 * Lends the desk of commands over read models filled by hand, for callers of any name:
 *
 *     await using office = await commandOffice();
 *     const command = await office.desk('ann').create(order({ quantity: '5' }), 'key-1');
 */
import type pg from 'pg';
import { type Desk, openDesk } from '../../commands/desk.ts';
import type { DeskSettings } from '../../commands/desk-settings.ts';
import { policy } from '../../commands/policy.ts';
import type { AccessScope } from '../../replica/access-scope.ts';
import { commandPool } from '../../replica/connect.ts';
import { type Lent, type ReadModels, readModels, TODAY } from '../read-models.ts';

export interface CommandOffice extends AsyncDisposable {
  readonly models: ReadModels;
  readonly settings: DeskSettings;
  readonly db: pg.Pool;
  /** Every scope, all plants, unless said otherwise. */
  desk(name: string, scopes?: readonly string[], plants?: AccessScope['plants']): Desk;
}

export const ALL_SCOPES = ['read:*', 'propose:*', 'approve:*', 'operate'];

/** On the run's server, unless another database is lent. */
export async function commandOffice(lend?: () => Promise<Lent>): Promise<CommandOffice> {
  const models = await readModels(lend);
  const db = commandPool(models.url, 10);
  const settings: DeskSettings = {
    db,
    policy,
    openReads: models.open,
    // Of a replica that has applied all there is.
    source: { ...models.source, latestNow: () => 0 },
    today: () => TODAY,
    wake: () => {},
  };
  const open = openDesk(settings);
  return {
    models,
    settings,
    db,
    desk: (name, scopes = ALL_SCOPES, plants = '*') =>
      open({ name, scopes: new Set(scopes), access: { plants }, traceId: `trace-of-${name}`, address: '192.0.2.1' }),
    async [Symbol.asyncDispose]() {
      await db.end();
      await models[Symbol.asyncDispose]();
    },
  };
}

/** A product that has stock in this plant, by `read-models.ts`. */
export const PRODUCT = '7';
export const PLANT = 'P3';

/** A production order; from a quantity of 101 on it needs approval, from 1,001 on two. */
export const order = (differences: Readonly<Record<string, string>> = {}) => ({
  type: 'CREATE_PRODUCTION_ORDER',
  productId: PRODUCT,
  plantCode: PLANT,
  quantity: '500',
  plannedStartDate: '2026-12-01',
  plannedEndDate: '2026-12-04',
  ...differences,
});
