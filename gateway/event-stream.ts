/**
 * Answers that come as they happen: GraphQL over Server-Sent Events, a connection for each subscription.
 *
 * ```
 * event: next              the state, at once and after each change; of changes that come faster than they
 * id: 7                    are read, the last
 * data: {"data": …}
 *
 * :                        now and then, so that nobody in between takes the connection for dead
 *
 * event: complete          nothing further can come of it
 * data:
 * ```
 *
 * An id is the version of what was told. A client that comes back with its last one (`Last-Event-ID`) is told of that state
 * again only when there is another. A stream that ends without `complete` can be taken up that way: the server closed.
 */
import { Bell } from '../runtime/bell.ts';
import { ErrorCode } from '../runtime/errors.ts';
import type { Answer, Exchange } from './http-server.ts';
import { refusal } from './refusal.ts';

/** Calls back when what is known by this id may have changed. The result ends it. */
export type Watch = (id: string, onNews: () => void) => () => void;

/** What is to be told of a subscription now. */
export interface StreamState {
  readonly version: string;
  /** The answer as JSON; asked for only where the client does not know this version. */
  readonly tell: () => Promise<string>;
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

export interface EventStreams {
  /** Rejects where the first state cannot be had: then there is no stream. */
  open(exchange: Exchange, id: string, look: () => Promise<StreamState>): Promise<Answer>;
  /** Ends all of them. */
  close(): void;
}

const BEAT_MS = 15_000;
const MOST_STREAMS = 10_000;
const EVENT_STREAM = 'text/event-stream';

export const asksForEvents = ({ request }: Exchange): boolean =>
  (request.headers.accept ?? '')
    .split(',')
    .some((range) => range.split(';', 1)[0]?.trim().toLowerCase() === EVENT_STREAM);

export function eventStreams(watch: Watch, onCount: (open: number) => void): EventStreams {
  const closing = new AbortController();
  let open = 0;
  const count = (more: number) => {
    open += more;
    onCount(open);
  };

  async function* events(
    { request, signal: leaving }: Exchange,
    bell: Bell,
    first: StreamState,
    look: () => Promise<StreamState>,
  ): AsyncGenerator<Uint8Array> {
    const signal = AbortSignal.any([leaving, closing.signal]);
    let told = request.headers['last-event-id'];
    let state = first;
    yield Buffer.from('retry: 1000\n\n');
    while (!signal.aborted) {
      if (state.version !== told) yield event('next', await state.tell(), state.version);
      told = state.version;
      if (state.isLast) {
        yield event('complete', '');
        return;
      }
      while (!signal.aborted && !(await bell.wait(BEAT_MS, signal))) yield Buffer.from(':\n\n');
      if (!signal.aborted) state = await look();
    }
  }

  return {
    async open(exchange, id, look) {
      if (open >= MOST_STREAMS || closing.signal.aborted) {
        const headers = { 'retry-after': '5' };
        throw refusal(503, ErrorCode.RateLimited, 'No further subscription can be held here.', headers);
      }
      const bell = new Bell();
      // Before the first look: what changes after it is heard of.
      const forget = watch(id, () => bell.ring());
      count(1);
      let hasEnded = false;
      const end = () => {
        if (hasEnded) return;
        hasEnded = true;
        forget();
        count(-1);
      };
      try {
        const first = await look();
        const body = (async function* () {
          try {
            yield* events(exchange, bell, first, look);
          } finally {
            end();
          }
        })();
        // Who has left already never reads: nobody would end it.
        exchange.signal.addEventListener('abort', end);
        if (exchange.signal.aborted) end();
        const headers = {
          'content-type': `${EVENT_STREAM}; charset=utf-8`,
          'cache-control': 'no-store',
          // A proxy that waits for the whole answer would wait for ever.
          'x-accel-buffering': 'no',
        };
        return { status: 200, headers, body };
      } catch (error) {
        end();
        throw error;
      }
    },
    close: () => closing.abort(),
  };
}

const event = (name: 'next' | 'complete', data: string, id?: string): Uint8Array =>
  Buffer.from(`event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`);

/** An answer that there is one of: to a client that reads nothing but events. */
export const asEvents = (answer: Answer): Answer => ({
  ...answer,
  headers: { ...answer.headers, 'content-type': `${EVENT_STREAM}; charset=utf-8` },
  body: Buffer.concat([event('next', String(answer.body)), event('complete', '')]),
});
