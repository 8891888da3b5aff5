/**
 * Pages of an OData set, for a client that asks for them: `Prefer: odata.maxpagesize=1000`.
 *
 * A page says where the next one is, and that is good as long as the data is what it was: offsets in rows that change
 * lead past some and twice to others. Whoever reads from an ERP at work reads the whole set, which is one snapshot.
 */
import { ErrorCode } from '../../runtime/errors.ts';
import type { Export } from '../../subgraphs/dataset.ts';
import { refusal } from '../refusal.ts';
import { cursorOf, parseCursor } from './representation.ts';

export interface Page {
  /** Most rows it holds. */
  readonly size: number;
  /** Which rows it holds, of those that are asked for. */
  within(top: number | null, skip: number): { readonly top: number; readonly skip: number };
  /** Throws where the data is another one than the pages' before. */
  judge(data: string): void;
  /** Leads to the next one; null behind the last. */
  next(rows: number, top: number | null, data: string): string | null;
}

/**
 * Null where there are no pages.
 *
 * @param token of the page before
 * @param question what the token is good for
 */
export function pageOf(
  token: string | undefined,
  preferred: string | string[] | undefined,
  question: string,
): Page | null {
  if (token === undefined) {
    const [, size] =
      /(?:^|[,;\s])(?:odata\.)?maxpagesize\s*=\s*"?([1-9]\d{0,8})\b/i.exec(String(preferred ?? '')) ?? [];
    return size === undefined ? null : page(Number(size), 0, question, () => undefined);
  }
  const { place, judge } = parseCursor(token, question);
  const [, size, before] = /^([1-9]\d{0,8})-(\d{1,15})$/.exec(place) ?? [];
  if (size === undefined) throw refusal(400, ErrorCode.BadUserInput, '$skiptoken: none that a page gave.');
  return page(Number(size), Number(before), question, judge);
}

const page = (size: number, before: number, question: string, judge: (data: string) => void): Page => ({
  size,
  within: (top, skip) => ({ top: Math.min(size, Math.max(0, (top ?? size + before) - before)), skip: skip + before }),
  judge,
  next(rows, top, data) {
    const after = before + rows;
    if (rows < size || after === top) return null;
    return cursorOf(question, data, `${size}-${after}`);
  },
});

/** The rows, and how many have passed. */
export function counted(rows: Export['rows']): { readonly rows: Export['rows']; count(): number } {
  let count = 0;
  return {
    async *rows(form, framing) {
      for await (const block of rows(form, framing)) {
        // In JSON there are line ends between rows and nowhere else.
        for (let at = block.indexOf('\n'); at >= 0; at = block.indexOf('\n', at + 1)) count++;
        yield block;
      }
    },
    count: () => count,
  };
}
