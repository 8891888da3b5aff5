/** Figures as a person reads them from some way off. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function bytes(count: number): string {
  const power = Math.min(count < 1 ? 0 : Math.floor(Math.log2(count) / 10), UNITS.length - 1);
  return `${rounded(count / 1024 ** power)} ${UNITS[power]}`;
}

export function duration(seconds: number): string {
  if (seconds < 0) return '0 ms'; // a clock was set back
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  if (seconds < 60) return `${rounded(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** With a decimal only where it says something. */
export const rounded = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });

export const whole = (value: number): string => value.toLocaleString('en');
