/** What of a status a person should know, and how bad it is. */
import type { ModelStatus, Status } from './status.ts';

export const tones = ['good', 'busy', 'warn', 'bad'] as const;
/** From "nothing to do" over "it is working on it" and "look at it" to "mend it". */
export type Tone = (typeof tones)[number];

export interface Finding {
  readonly tone: Tone;
  readonly text: string;
}

/** The replica reports each second; one that is silent for so long is not running. */
const SILENT_SECONDS = 15;
const LAGGING_SECONDS = 10;
const FAR_BEHIND_SECONDS = 60;
const LATE_COMMAND_SECONDS = 60;

const CAPTURE: Readonly<Record<string, Tone>> = {
  streaming: 'good',
  starting: 'busy',
  snapshot: 'busy',
  downgraded: 'warn',
  reconnecting: 'warn',
  stopped: 'bad',
};

export function commandTone({ commands }: Status): Tone {
  if (!commands) return 'good';
  const { queued, deadLetters, overdue, closedBecause } = commands;
  if (closedBecause !== null) return 'bad';
  return deadLetters + overdue > 0 ? 'warn' : queued > 0 ? 'busy' : 'good';
}

export const captureTone = ({ report }: Status): Tone =>
  report === null || isSilent(report) ? 'bad' : (CAPTURE[report.capture.state] ?? 'warn');

export function lagTone({ watermarkAgeSeconds: age }: Status): Tone {
  if (age === null) return 'busy';
  return age > FAR_BEHIND_SECONDS ? 'bad' : age > LAGGING_SECONDS ? 'warn' : 'good';
}

export function modelTone({ stopped, state, quarantined, pending }: ModelStatus): Tone {
  if (stopped !== null) return 'bad';
  if (quarantined > 0) return 'warn';
  return state !== 'ready' || pending > 0 ? 'busy' : 'good';
}

/** In a word. One with a key in quarantine answers, but not completely. */
export function modelState({ stopped, state, quarantined, pending }: ModelStatus): string {
  if (stopped !== null) return 'stopped';
  if (state !== 'ready') return state;
  return quarantined > 0 ? 'incomplete' : pending > 0 ? 'catching up' : 'ready';
}

export const worst = (found: readonly Tone[]): Tone => tones.findLast((tone) => found.includes(tone)) ?? 'good';

/** What is not as it should be, the worst first. Empty when all is well. */
export function findings(status: Status): Finding[] {
  const { models, tables } = status;
  const stopped = models.filter((model) => model.stopped !== null).length;
  const unready = models.filter((model) => model.stopped === null && model.state !== 'ready').length;
  const pending = models.filter((model) => model.pending > 0).length;
  const quarantined = models.reduce((sum, model) => sum + model.quarantined, 0);
  const unfit = tables.filter(({ faults }) => faults.length > 0).length;
  const drifted = Object.values(status.report?.driftKeys ?? {}).reduce((sum, keys) => sum + keys, 0);
  const found: (Finding | false)[] = [
    ...captureFindings(status),
    ...commandFindings(status),
    lagTone(status) !== 'good' &&
      status.watermarkAgeSeconds !== null && { tone: lagTone(status), text: 'The replica trails the ERP' },
    stopped > 0 && { tone: 'bad', text: `${counted(stopped, 'read model')} stopped` },
    unfit > 0 && { tone: 'bad', text: `${counted(unfit, 'ERP table')} not as declared` },
    quarantined > 0 && { tone: 'warn', text: `${counted(quarantined, 'key')} in quarantine` },
    drifted > 0 && {
      tone: 'warn',
      text: `${counted(drifted, 'row')} had drifted and ${drifted === 1 ? 'was' : 'were'} repaired`,
    },
    tables.length > unfit && { tone: 'busy', text: `${counted(tables.length - unfit, 'table')} to be copied` },
    unready > 0 && { tone: 'busy', text: `${counted(unready, 'read model')} being built` },
    pending > 0 && { tone: 'busy', text: `A large change is being spread in ${counted(pending, 'read model')}` },
  ];
  return found.filter((finding) => finding !== false).sort((a, b) => tones.indexOf(b.tone) - tones.indexOf(a.tone));
}

function captureFindings(status: Status): Finding[] {
  const { report } = status;
  if (report === null) return [{ tone: 'bad', text: 'No replica has run yet' }];
  if (isSilent(report)) return [{ tone: 'bad', text: 'The replica’s process is silent' }];
  const tone = captureTone(status);
  return tone === 'good' ? [] : [{ tone, text: `Capture is ${inWords(report.capture.state)}` }];
}

function commandFindings({ commands }: Status): (Finding | false)[] {
  if (!commands) return [];
  const { queued, oldestQueuedSeconds, deadLetters, overdue, closedBecause } = commands;
  const isLate = queued > 0 && (oldestQueuedSeconds ?? 0) > LATE_COMMAND_SECONDS;
  return [
    closedBecause !== null && { tone: 'bad', text: `No command is sent until an operator confirms. ${closedBecause}` },
    deadLetters > 0 && { tone: 'warn', text: `${counted(deadLetters, 'command')} waiting for a person` },
    overdue > 0 && { tone: 'warn', text: `${counted(overdue, 'command')} acknowledged by the ERP and not seen in it` },
    closedBecause === null && isLate && { tone: 'warn', text: `${counted(queued, 'command')} queued for long` },
  ];
}

const isSilent = ({ ageSeconds }: { readonly ageSeconds: number }) => ageSeconds > SILENT_SECONDS;

const IN_WORDS: Readonly<Record<string, string>> = {
  snapshot: 'taking a snapshot',
  downgraded: 'polling the API: the ERP’s database cannot be reached',
};

const inWords = (captureState: string) => IN_WORDS[captureState] ?? captureState;

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
