/**
 * Which bytes an answer would have, said before anything is read: the entity tag, and the cursor that goes on in the
 * same rows.
 *
 * What the rows depend on: the dataset, its parameters, the caller's plants, the day where it counts, and the version of
 * each read model. A tag is weak, since PostgreSQL promises no bytes; a cursor is good as long as all of this is as it
 * was, and says whether it is the question that differs or the data.
 */
import { createHash } from 'node:crypto';
import { ErrorCode, SkiffError } from '../../runtime/errors.ts';
import type { SubgraphContext } from '../../subgraphs/context.ts';
import { refusal } from '../refusal.ts';
import type { Dataset } from './dataset.ts';

export const hash = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);

/** Everything but the data. */
export const questionHash = (
  { fingerprint }: Dataset,
  variables: Readonly<Record<string, unknown>>,
  { scope }: SubgraphContext,
): string =>
  hash(fingerprint, Object.entries(variables).toSorted(), scope.plants === '*' ? '*' : scope.plants.toSorted());

export const dataHash = (versions: readonly string[], day: string | null): string => hash(versions, day);

export const entityTag = (question: string, data: string, ...form: readonly unknown[]): string =>
  `W/"${hash(question, data, form)}"`;

/** As `If-None-Match` asks. */
export const isAmong = (tag: string, header: string | undefined): boolean =>
  (header ?? '').split(',').some((one) => one.trim() === '*' || weak(one.trim()) === weak(tag));

const weak = (tag: string): string => tag.replace(/^W\//, '');

export const cursorOf = (question: string, data: string, place: string): string => `${question}.${data}.${place}`;

export interface ParsedCursor {
  readonly place: string;
  /** Throws where the data is another one than the cursor's. */
  judge(data: string): void;
}

export function parseCursor(cursor: string, question: string): ParsedCursor {
  const [ofQuestion, ofData, place, ...others] = cursor.split('.');
  if (ofQuestion !== question || place === undefined || others.length > 0) {
    throw refusal(
      400,
      ErrorCode.BadUserInput,
      'cursor: not one of this dataset with these parameters and this caller.',
    );
  }
  return {
    place,
    judge(data) {
      if (data === ofData) return;
      throw new SkiffError(
        ErrorCode.CursorExpired,
        'The data has changed since the page before. Begin again from the first page, or ask for all of it without a limit.',
      );
    },
  };
}
