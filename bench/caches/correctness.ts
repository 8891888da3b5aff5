/**
 * Random questions of four people at two gateways while the ERP changes and things go wrong. Each answer is judged; and
 * every now and then, when nothing changes for a moment, what the gateways have kept is compared with what one answers that
 * keeps nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../erp/sandbox/random.ts';
import { say } from '../figures.ts';
import { type Asker, asker, type Person, type Question } from './asker.ts';
import { judge } from './judge.ts';
import type { Ledger } from './ledger.ts';

export interface CorrectnessSettings {
  readonly people: readonly Person[];
  /** Where the one that keeps nothing is asked, by person. */
  readonly truths: readonly string[];
  readonly ledger: Ledger;
  readonly random: Random;
  readonly clients: number;
  /** Questions whose answers are only compared. */
  readonly others: readonly Question[];
  readonly signal: AbortSignal;
}

export interface Correctness {
  answers: number;
  failed: number;
  compared: number;
  readonly stale: string[];
  readonly foreign: string[];
}

const BOUNDS = [undefined, undefined, undefined, '0s', '50ms', '1s', '5s'] as const;
const PAUSE_MS = 2;

export function randomQuestion(ledger: Ledger, random: Random): Question {
  const id = random.pick(ledger.orders) ?? '';
  const plant = random.pick(ledger.plants) ?? '';
  const kind = random.integer(0, 5);
  if (kind <= 1) return { documentId: 'cached-order', variables: { id } };
  if (kind === 2) return { documentId: 'cached-order-lines', variables: { orderId: id } };
  if (kind === 3) return { documentId: 'cached-plant', variables: { plant, first: random.pick([1, 3, 10]) } };
  const at = random.integer(0, ledger.orders.length - 1);
  const numbers = ledger.orders.slice(at, at + random.integer(1, 20));
  const plants = random.happens(0.5) ? [plant] : undefined;
  return { documentId: 'cached-orders', variables: { numbers, plants, first: random.pick([0, 1, 2, 5, 50]) } };
}

export async function askAtRandom(settings: CorrectnessSettings, found: Correctness): Promise<void> {
  const { people, ledger, random, others, signal, clients } = settings;
  const client = async () => {
    using connection = asker();
    while (!signal.aborted) {
      const person = random.pick(people);
      const url = person && random.pick(person.urls);
      if (!url) return;
      const isOther = random.happens(0.15);
      const question = (isOther && random.pick(others)) || randomQuestion(ledger, random);
      const bound = random.pick(BOUNDS);
      const answer = await connection
        .ask(url, question, bound === undefined ? {} : { 'skiff-max-staleness': bound })
        .catch(() => null);
      found.answers++;
      if (!answer || answer.codes.length > 0) found.failed++;
      else if (!isOther) {
        const { stale, foreign } = judge(question, answer, person.access, ledger);
        found.stale.push(...stale);
        found.foreign.push(...foreign);
      }
      await sleep(PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

const AT_LEAST = { 'skiff-max-staleness': '0s', 'skiff-on-stale': 'error' };

/** While nothing is written. */
export async function compareAll(settings: CorrectnessSettings, found: Correctness, rounds: number): Promise<void> {
  const { people, truths, ledger, random, others } = settings;
  using connection = asker();
  const questions = [...others, ...Array.from({ length: rounds }, () => randomQuestion(ledger, random))];
  for (const question of questions) {
    for (const [at, person] of people.entries()) {
      const truth = await askUntil(connection, truths[at] ?? '', question);
      for (const url of person.urls) {
        const answer = await askUntil(connection, url, question);
        found.compared++;
        if (JSON.stringify(answer.data) === JSON.stringify(truth.data)) continue;
        found.stale.push(`${JSON.stringify(question)}: ${JSON.stringify(answer)} is not ${JSON.stringify(truth)}`);
      }
    }
  }
}

async function askUntil(connection: Asker, url: string, question: Question) {
  for (let attempt = 0; ; attempt++) {
    const answer = await connection.ask(url, question, AT_LEAST).catch(() => null);
    if (answer && answer.codes.length === 0) return answer;
    if (attempt > 50) throw new Error(`No answer to ${JSON.stringify(question)}: ${JSON.stringify(answer)}`);
    if (attempt === 10) say(`Still no answer: ${JSON.stringify(answer)}`);
    await sleep(200);
  }
}
