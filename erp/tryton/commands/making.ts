/**
 * Commands that make a document of Tryton's, in steps:
 *
 * ```
 * nothing under our reference ─► create ─► first state ─► button ─► state read back ─► … ─► last state: done
 *                                             ▲                         └─ refused: deleted again
 *   found half done by a later attempt ───────┘
 * ```
 *
 * Each step is a transaction of its own, so an attempt that ends between two leaves a half. Whoever comes next finds it by
 * our reference and goes on from there. A button that may not be pressed does nothing and says nothing: only the state tells.
 */
import { z } from 'zod';
import {
  type Acknowledged,
  CommandNeedsPerson,
  CommandNotDone,
  CommandRefused,
  type OutgoingCommand,
} from '../../command.ts';
import { ErpCallFailed } from '../../transport.ts';
import { micros, msOf } from '../field-text.ts';
import { AlreadyThere, type Calls } from './calls.ts';
import { type Fields, type Handler, versionOf } from './handler.ts';

export interface Making {
  readonly model: string;
  /** What it is made of. Reads, and throws `CommandRefused` where that cannot be. */
  values(calls: Calls, content: Fields): Promise<Readonly<Record<string, unknown>>>;
  /** The button that takes it on from a state. In a state that has none it is done. */
  readonly buttons: Readonly<Record<string, string>>;
  /** The document's movement is what the command's flat type shows, and not the document. */
  readonly showsMove?: true;
}

const Document = z.object({
  id: z.number(),
  state: z.string(),
  number: z.string().nullable(),
  create_date: z.unknown(),
  write_date: z.unknown(),
});
/** In which Tryton makes a document that is given none. */
const FIRST_STATE = 'draft';
const WithMoves = Document.extend({ moves: z.array(z.number()) });
const Listed = z.object({ id: z.number(), reference: z.string(), create_date: z.unknown() });
const ListedWithMoves = Listed.extend({ moves: z.array(z.number()) });
type Found = z.output<typeof Document> & { readonly moves?: readonly number[] };

export function making({ model, values, buttons, showsMove }: Making): Handler {
  const find = async (calls: Calls, condition: unknown): Promise<Found | null> => {
    const domain = [condition, ['company', '=', calls.company]];
    const [found] = await calls.search(model, domain, showsMove ? WithMoves : Document);
    return found ?? null;
  };
  const byReference = (calls: Calls, reference: string) => find(calls, ['reference', '=', reference]);

  async function made(calls: Calls, { content, reference }: OutgoingCommand): Promise<Found> {
    const all = { ...(await values(calls, content)), company: calls.company, reference };
    try {
      const id = await calls.create(model, all);
      return { id, state: FIRST_STATE, number: null, create_date: null, write_date: null };
    } catch (error) {
      if (!(error instanceof AlreadyThere)) throw error;
    }
    const found = await begun(byReference(calls, reference));
    if (!found) throw new ErpCallFailed(`${model} of ${reference} is there, and cannot be found`, 200);
    return found;
  }

  /** One step on, or an error; never where it was. */
  async function advanced(calls: Calls, before: Found, button: string): Promise<Found> {
    const said = await calls.press(model, before.id, button).then(
      () => null,
      (error: unknown) => error,
    );
    if (said !== null && !(said instanceof CommandRefused || said instanceof CommandNotDone)) throw said;
    const found = await find(calls, ['id', '=', before.id]);
    // Tryton may have done it, and failed at what it does afterwards.
    if (found && found.state !== before.state) return found;
    if (said instanceof CommandNotDone) throw said;
    const what = `"${button}" did nothing with ${model} ${before.number ?? before.id}, which stays ${before.state}`;
    const reason = said ?? new CommandNeedsPerson('ERP_NO_STEP', what, 200);
    if (found) await removed(calls, found, reason);
    throw reason;
  }

  /** It has no right to stay: the command is refused as a whole. */
  async function removed(calls: Calls, { id, number, state }: Found, reason: CommandRefused): Promise<void> {
    try {
      await calls.delete(model, id);
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error;
      // An attempt that was given up may have been quicker.
      if ((await find(calls, ['id', '=', id])) === null) return;
      const left = `${model} ${number ?? id} stays ${state} in Tryton, and could not be deleted`;
      throw new CommandNeedsPerson(reason.code, `${reason.message} (${left}: ${error.message})`, 200);
    }
  }

  function acknowledged(found: Found): Acknowledged {
    const { id, number, state, moves } = found;
    const shown = showsMove ? moves?.[0] : id;
    if (shown === undefined)
      throw new CommandNeedsPerson('ERP_FAULT', `${model} ${number ?? id} has no movement.`, 200);
    const answer = JSON.stringify({ model, id, number, state });
    return { documentId: String(shown), version: versionOf(found), answer };
  }

  return {
    async send(calls, command) {
      let found = (await byReference(calls, command.reference)) ?? (await made(calls, command));
      for (let button = buttons[found.state]; button !== undefined; button = buttons[found.state]) {
        found = await begun(advanced(calls, found, button));
      }
      return acknowledged(found);
    },
    async references(calls, most) {
      const ours = [
        ['reference', 'like', 'skiff:%'],
        ['company', '=', calls.company],
      ];
      const found: readonly (z.output<typeof Listed> & { readonly moves?: readonly number[] })[] = showsMove
        ? await calls.search(model, ours, ListedWithMoves, most, 'DESC')
        : await calls.search(model, ours, Listed, most, 'DESC');
      return found.map(({ id, reference, create_date, moves }) => ({
        reference,
        documentId: String((showsMove ? moves?.[0] : id) ?? id),
        at: new Date(msOf(micros(create_date) ?? 0n)),
      }));
    },
    async lookUp(calls, { reference }) {
      const found = await byReference(calls, reference);
      if (!found) return null;
      return buttons[found.state] === undefined ? acknowledged(found) : 'begun';
    },
  };
}

/** Once there is a document, it is no longer so that nothing was done. */
const begun = <Result>(step: Promise<Result>): Promise<Result> =>
  step.catch((error: unknown) => {
    if (!(error instanceof CommandNotDone)) throw error;
    throw new ErpCallFailed(error.message, error.status, error.retryAfterMs, { cause: error });
  });
