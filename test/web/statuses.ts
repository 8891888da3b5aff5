/** Statuses a console may be shown. */
import type { ModelStatus, Status } from '../../web/console/status.ts';

export const model = (name: string, differs: Partial<ModelStatus> = {}): ModelStatus => ({
  model: name,
  hash: '3fa92c1b',
  state: 'ready',
  stopped: null,
  asOf: '2026-01-15T09:30:00.250Z',
  ageSeconds: 0.412,
  pending: 0,
  quarantined: 0,
  ...differs,
});

export const healthy: Status = {
  source: 'sandbox',
  applied: '000000010A3F2B70',
  watermarkAgeSeconds: 0.41,
  models: ['delayed_shipment', 'product', 'stock_level'].map((name) => model(name)),
  quarantine: [],
  tables: [],
  report: {
    capture: { state: 'streaming', fault: null, retainedBytes: 13_000_000 },
    changesApplied: 120_000,
    flatRowsRewritten: 480_000,
    driftKeys: {},
    ageSeconds: 0.3,
  },
  commands: {
    proposed: 4,
    queued: 0,
    oldestQueuedSeconds: null,
    unknown: 0,
    deadLetters: 0,
    overdue: 0,
    closedBecause: null,
  },
  requests: { total: 5_210, failed: 3 },
  keptAnswers: { entries: 1_234, bytes: 5_242_880, maxBytes: 67_108_864, hits: 930, misses: 70 },
};

/** Everything that can be wrong at once. */
export const troubled: Status = {
  ...healthy,
  watermarkAgeSeconds: 95,
  models: [
    model('delayed_shipment', { quarantined: 2, ageSeconds: 95 }),
    model('product', { ageSeconds: 95 }),
    model('sales_order', { stopped: 'column sale_sale.total is missing in the ERP', ageSeconds: 4_000 }),
    model('sales_order_line', { pending: 1, ageSeconds: 132 }),
    model('stock_level', { state: 'building', asOf: null, ageSeconds: null }),
  ],
  quarantine: [
    { model: 'delayed_shipment', key: ['4711'], error: 'invalid input syntax for type date: "31.02.2026"' },
    { model: 'delayed_shipment', key: ['4712'], error: 'division by zero' },
  ],
  tables: [
    { name: 'sale_sale', state: 'ready', faults: [{ column: 'total', problem: 'missing', expected: 'numeric' }] },
    {
      name: 'stock_move',
      state: 'ready',
      faults: [{ column: 'quantity', problem: 'type', expected: 'double precision', found: 'text' }],
    },
    { name: 'party_party', state: 'copy', faults: [] },
  ],
  report: {
    capture: {
      state: 'reconnecting',
      fault: 'The ERP’s database refuses connections: connect ECONNREFUSED 10.0.0.5:5432',
      retainedBytes: 5_400_000_000,
    },
    changesApplied: 120_000,
    flatRowsRewritten: 480_000,
    driftKeys: { product: 3 },
    ageSeconds: 0.3,
  },
  commands: {
    proposed: 4,
    queued: 12,
    oldestQueuedSeconds: 900,
    unknown: 2,
    deadLetters: 3,
    overdue: 1,
    closedBecause: null,
  },
};
