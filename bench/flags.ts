/** `--lines 500000 --small`: a bench's flags. An unknown one is refused by whoever asks. */

export interface Flags {
  readonly isSmall: boolean;
  /** The number given for `--name`, or the default, which may be another one when small. */
  number(name: string, normal: number, small?: number): number;
  numbers(name: string, normal: readonly number[], small?: readonly number[]): readonly number[];
}

export function parseFlags(args: readonly string[]): Flags {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const [name, inline] = (args[at] ?? '').replace(/^--/, '').split('=');
    const next = args[at + 1];
    const value = inline ?? (next && !next.startsWith('--') ? args[++at] : '');
    given.set(name ?? '', value ?? '');
  }
  const isSmall = given.has('small');
  const parse = (name: string, text: string): number => {
    const value = Number(text.replaceAll('_', ''));
    if (!Number.isFinite(value) || text === '') throw new TypeError(`--${name} takes a number, not "${text}"`);
    return value;
  };
  return {
    isSmall,
    number(name, normal, small = normal) {
      const text = given.get(name);
      return text === undefined ? (isSmall ? small : normal) : parse(name, text);
    },
    numbers(name, normal, small = normal) {
      const text = given.get(name);
      return text === undefined ? (isSmall ? small : normal) : text.split(',').map((one) => parse(name, one));
    },
  };
}
