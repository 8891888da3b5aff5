/** Lengths of time as people write them: `500ms`, `5s`, `2m`, `1h`. */

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** In milliseconds; undefined if the text is none. A number needs its unit: 5 of what? */
export function durationMs(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,9}(?:[.]\d{1,3})?)(ms|s|m|h)$/.exec(text.trim()) ?? [];
  const unitMs = UNIT_MS[unit];
  return unitMs === undefined ? undefined : Math.round(Number(number) * unitMs);
}
