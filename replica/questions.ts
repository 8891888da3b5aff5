/**
 * This process's questions for fresher read models, on their way to the process that plays the replica.
 *
 * Whoever asks while another question is being sent joins the next one: its answer begins after both asked. Who asks
 * with one that was sent before would be given an answer that may have begun too early.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { askFreshness, type FreshnessAnswer, type FreshnessRequest } from './freshness-request.ts';
import type { Query } from './queryable.ts';

interface Question {
  readonly id: string;
  readonly hashes: Set<string>;
  readonly ids: Map<string, Set<string>>;
  maxStalenessMs: number;
  waiting: number;
  readonly answer: PromiseWithResolvers<FreshnessAnswer>;
}

export class Questions {
  readonly #query: Query;
  readonly #sent = new Map<string, Question>();
  #gathering: Question | null = null;
  #isSending = false;

  constructor(query: Query) {
    this.#query = query;
  }

  /** Of the questions that wait for their answer. */
  get ids(): string[] {
    return [...this.#sent.keys()];
  }

  /** Resolves with the answer; rejects when the question could not be sent, or with the signal. */
  async ask(
    { hashes, ids, maxStalenessMs }: Omit<FreshnessRequest, 'id'>,
    signal: AbortSignal,
  ): Promise<FreshnessAnswer> {
    signal.throwIfAborted();
    const question = this.#gathering ?? newQuestion();
    this.#gathering = question;
    for (const hash of hashes) question.hashes.add(hash);
    for (const [hash, some] of Object.entries(ids)) {
      question.ids.set(hash, new Set([...(question.ids.get(hash) ?? []), ...some]));
    }
    question.maxStalenessMs = Math.min(question.maxStalenessMs, maxStalenessMs);
    question.waiting++;
    void this.#send();
    const left = Promise.withResolvers<never>();
    const leave = () => left.reject(signal.reason);
    signal.addEventListener('abort', leave);
    try {
      return await Promise.race([question.answer.promise, left.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
      if (--question.waiting === 0) this.#sent.delete(question.id);
    }
  }

  answered(answers: readonly FreshnessAnswer[]): void {
    for (const answer of answers) {
      this.#sent.get(answer.id)?.answer.resolve(answer);
      this.#sent.delete(answer.id);
    }
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#gathering) {
      // Whoever asks in the same moment is in the same question.
      await setImmediate();
      const question = this.#gathering;
      this.#gathering = null;
      // Before it is sent: its answer may be seen before this process hears that it was.
      this.#sent.set(question.id, question);
      try {
        await this.#query(askFreshness(requestOf(question)));
      } catch (error) {
        this.#sent.delete(question.id);
        question.answer.reject(error);
      }
    }
    this.#isSending = false;
  }
}

function newQuestion(): Question {
  const answer = Promise.withResolvers<FreshnessAnswer>();
  // Everybody who asked may have left.
  answer.promise.catch(() => undefined);
  return {
    id: randomUUID(),
    hashes: new Set(),
    ids: new Map(),
    maxStalenessMs: Number.POSITIVE_INFINITY,
    waiting: 0,
    answer,
  };
}

const requestOf = ({ id, hashes, ids, maxStalenessMs }: Question): FreshnessRequest => ({
  id,
  hashes: [...hashes],
  ids: Object.fromEntries([...ids].map(([hash, some]) => [hash, [...some]])),
  maxStalenessMs,
});
