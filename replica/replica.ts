/**
 * The replica's role: it takes what a capture brings and keeps mirror, read models and freshness.
 *
 * One process plays it at a time; another one that starts waits and takes over when the first is gone.
 */
import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import type { Capture, Connector } from '../erp/connector.ts';
import { Bell } from '../runtime/bell.ts';
import type { Log } from '../runtime/log.ts';
import { type Applier, createApplier } from './apply/applier.ts';
import { workBehind } from './behind.ts';
import { type BuildProgress, buildMissing } from './build.ts';
import { tellChanged } from './change-feed.ts';
import { checker } from './check.ts';
import { connect } from './connect.ts';
import { declareReplica } from './declare.ts';
import type { FlatSchema } from './flat-type.ts';
import { refusals, sampleFreshness } from './freshness.ts';
import { askChannel } from './freshness-request.ts';
import { Listener } from './listener.ts';
import { liveQuestions } from './live-questions.ts';
import { lockKey } from './locks.ts';
import { migrate } from './migrate.ts';
import type { Definition } from './model/definition.ts';
import { prune } from './prune.ts';
import type { Query } from './queryable.ts';
import { Counters, publishReport } from './report.ts';
import { replicaSink } from './sink.ts';

export interface ReplicaOptions {
  readonly connectionString: string;
  readonly connector: Connector;
  readonly schema: FlatSchema;
  readonly capture: Capture;
  readonly log: Log;
  readonly onBuild?: BuildProgress;
  /** When all read models are built. */
  readonly onBuilt?: () => void;
}

export interface Replica {
  readonly definitions: readonly Definition[];
  readonly applier: Applier;
  /** Takes a sample of freshness now. */
  sample(): Promise<void>;
  /** Rejects with what a person must mend; resolves when it has stopped. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

const sampleEveryMs = 1_000;
const refuseEveryMs = 250;
/** Whoever hears nothing of the change log for two seconds serves nothing from its caches. */
const beatEveryMs = 1_000;
const reportEveryMs = 1_000;
const lookBehindEveryMs = 200;
const checkEveryMs = 5_000;
const pruneEveryMs = 60_000;

export async function startReplica(options: ReplicaOptions): Promise<Replica> {
  const opened = new AsyncDisposableStack();
  try {
    return await start(options, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function start(options: ReplicaOptions, opened: AsyncDisposableStack): Promise<Replica> {
  const { connectionString, connector, log, capture } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  const open = async () => {
    const client = await connect(connectionString, 'builder');
    // The role may be another process's now, and what was under way is gone: whoever runs this begins anew.
    client.once('end', () => {
      if (!signal.aborted) lost.reject(new Error('A connection to the replica database was lost'));
    });
    return opened.adopt(client, (one) => one.end());
  };
  const builder = await open();
  await migrate(builder);
  await playRole(builder, log);
  const definitions = await declareReplica(builder, connector, options.schema);

  const applier = opened.adopt(await createApplier(connectionString, connector.name, log), (one) => one.close());
  const counters = new Counters();
  let build: () => void = () => undefined;
  const target = { connectionString, source: connector.name, applier, tables: connector.tables };
  const asked = new Bell();
  const connectListener = async () => {
    const client = await connect(connectionString, 'listener');
    return { client, close: () => void client.end().catch(() => undefined) };
  };
  const listener = new Listener(connectListener, { [askChannel]: () => asked.ring() });
  opened.defer(() => listener.close());
  const query: Query = (statement) => listener.query(statement);
  const sink = replicaSink(target, query, log, {
    onApplied: (changes, { rowsChanged }) => counters.applied(changes, rowsChanged),
    onCopied: () => build(),
  });

  const building = repeat(signal, log, 'building read models', async () => {
    const copied = new Promise<void>((resolve) => {
      build = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const waiting = await buildMissing(builder, applier, log, options.onBuild ?? (() => undefined));
    if (waiting.length === 0) options.onBuilt?.();
    if (waiting.length > 0)
      log.debug({ models: waiting.map(({ model }) => model) }, 'read models wait for their tables');
    await copied;
  });
  const reader = await open();
  const behind = repeat(signal, log, 'working behind the stream', async () => {
    if (!(await workBehind(reader, applier, log, signal))) await pause(lookBehindEveryMs, signal);
  });
  const reportDb = await open();
  const pruner = await open();
  const sample = () => sampleFreshness(query, applier, capture, signal);
  const answerLive = liveQuestions({ query, applier, capture, log });
  const sampling = repeat(signal, log, 'sampling freshness', async () => {
    await Promise.all([sample(), capture.liveRead && answerLive(signal)]);
    await asked.wait(sampleEveryMs, signal);
  });
  const refuse = refusals(query, applier, capture);
  const refusing = repeat(signal, log, 'answering for the ERP', async () => {
    await refuse();
    await pause(refuseEveryMs, signal);
  });
  const beating = repeat(signal, log, 'giving a sign of life', async () => {
    await applier.turn(({ db }) => tellChanged(db));
    await pause(beatEveryMs, signal);
  });
  const reporting = repeat(signal, log, 'reporting', async () => {
    await publishReport(reportDb, counters.report(capture.status()));
    await pause(reportEveryMs, signal);
  });
  const check = checker(applier, log);
  const checking = repeat(signal, log, 'checking read models', async () => {
    await pause(checkEveryMs, signal);
    const drift = signal.aborted ? null : await check();
    if (drift) counters.drifted(drift.model, drift.keys);
  });
  const pruning = repeat(signal, log, 'pruning', async () => {
    await pause(pruneEveryMs, signal);
    if (!signal.aborted) await prune(pruner, applier, definitions, log);
  });

  const captured = capture.run(sink, signal);
  const ended = captured.then(async () => {
    await Promise.all([building, behind, sampling, refusing, beating, reporting, checking, pruning]);
  });
  const done = Promise.race([ended, lost.promise]);
  // Whoever waits for `done` hears of it; without a listener yet, the process must not end.
  done.catch(() => undefined);
  let stopped: Promise<void> | null = null;
  return {
    definitions,
    applier,
    sample,
    done,
    stop: () => {
      stopped ??= (async () => {
        stopping.abort();
        const work = [building, behind, sampling, refusing, beating, reporting, checking, pruning];
        await Promise.allSettled([captured, ...work]);
        await opened.disposeAsync();
      })();
      return stopped;
    },
  };
}

async function playRole(db: pg.Client, log: Log): Promise<void> {
  const { rows } = await db.query<{ mine: string }>('select pg_try_advisory_lock($1)::text as mine', [
    lockKey.replicaRole,
  ]);
  if (rows[0]?.mine === 'true') return;
  log.info('another process plays the replica; this one stands by');
  await db.query('select pg_advisory_lock($1)', [lockKey.replicaRole]);
}

/** Does a piece of work again and again; a failed one is logged and, after a pause, repeated. */
async function repeat(signal: AbortSignal, log: Log, what: string, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, `${what} failed; it is tried again`);
      await pause(1_000, signal);
    }
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  setTimeout(ms, undefined, { signal }).catch(() => undefined);
