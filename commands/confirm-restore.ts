/**
 * `commands confirm-restore`: an operator has seen that the outbox was restored, and has dispatch go on.
 *
 * What the ERP has under references of ours and the outbox knows nothing of is listed first: it was proposed or sent after
 * the backup, and nobody else will tell. Where the ERP cannot be asked, nothing is confirmed.
 */
import type { CallBudget } from '../erp/budget.ts';
import type { CommandChannel, Referenced } from '../erp/command.ts';
import { connect } from '../replica/connect.ts';
import { confirmRestore, strays } from './dispatch/gate.ts';

export interface ConfirmedErp {
  readonly channel: CommandChannel;
  readonly budget: CallBudget;
}

/** Of each type, the newest: more than one backup's worth is for the ERP's own search. */
const MOST_LISTED = 1_000;
const ASK_MS = 30_000;
const NEVER = new AbortController().signal;

/** @param erp null where no API is configured: then nothing can be listed */
export async function runConfirmRestore(
  databaseUrl: string,
  erp: ConfirmedErp | null,
  say: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
  patienceMs = ASK_MS,
): Promise<void> {
  const db = await connect(databaseUrl, 'commands');
  try {
    if (!erp) say('SKIFF_ERP_URL is not set: what the ERP has that the outbox does not know is not listed.');
    else if (!erp.channel.references) say('This ERP cannot list what it has of ours.');
    else {
      const found = await strays(db, await referenced(erp, patienceMs));
      say(
        found.length === 0 ? 'The ERP has nothing that was not sent from here.' : 'Not sent from here, but in the ERP:',
      );
      for (const line of found.map(lineOf)) say(line);
    }
    const wasClosed = await confirmRestore(db);
    const said = 'Commands are sent again. What was proposed before is looked up in the ERP first.';
    say(wasClosed ? said : 'There was nothing to confirm: commands are being sent.');
  } finally {
    await db.end();
  }
}

const lineOf = ({ reference, documentId, at }: Referenced): string =>
  `  ${reference}  document ${documentId}  ${at.toISOString()}`;

async function referenced({ channel, budget }: ConfirmedErp, deadlineMs: number): Promise<readonly Referenced[]> {
  const found: Referenced[] = [];
  for (const type of Object.keys(channel.takes)) {
    const newest = (patience: AbortSignal) => channel.references?.(type, MOST_LISTED, patience) ?? Promise.resolve([]);
    found.push(...(await budget.call('command', newest, { signal: NEVER, deadlineMs, isRepeatable: true })));
  }
  return found;
}
