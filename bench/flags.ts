/** `--lines 500000 --small`: a bench's flags. One that the bench did not ask for is a slip of the pen, and refused. */

export interface Flags {
  readonly isSmall: boolean;
  /** The number given for `--name`, or the default, which may be another one when small. */
  number(name: string, normal: number, small?: number): number;
  numbers(name: string, normal: readonly number[], small?: readonly number[]): readonly number[];
  word<const Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word;
  /** Whether `--name` was given, with nothing behind it. */
  has(name: string): boolean;
  /** To be called when all flags were asked for. */
  refuseOthers(): void;
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
  const asked = new Set(['small']);
  const ask = (name: string): string | undefined => {
    asked.add(name);
    return given.get(name);
  };
  const parse = (name: string, text: string): number => {
    const value = Number(text.replaceAll('_', ''));
    if (!Number.isFinite(value) || text === '') throw new TypeError(`--${name} takes a number, not "${text}"`);
    return value;
  };
  return {
    isSmall,
    number(name, normal, small = normal) {
      const text = ask(name);
      return text === undefined ? (isSmall ? small : normal) : parse(name, text);
    },
    numbers(name, normal, small = normal) {
      const text = ask(name);
      return text === undefined ? (isSmall ? small : normal) : text.split(',').map((one) => parse(name, one));
    },
    word(name, words) {
      const text = ask(name) ?? words[0];
      const word = words.find((one) => one === text);
      if (!word) throw new TypeError(`--${name} takes ${words.join(' or ')}, not "${text}"`);
      return word;
    },
    has(name) {
      const text = ask(name);
      if (text) throw new TypeError(`--${name} takes no value, and not "${text}"`);
      return text !== undefined;
    },
    refuseOthers() {
      const others = [...given.keys()].filter((name) => !asked.has(name));
      if (others.length > 0) throw new TypeError(`There is no flag --${others.join(', --')}`);
    },
  };
}
