/** A small line of how a figure went; a gap where it was not known. */

const WIDTH = 120;
const HEIGHT = 32;
/** Lag sways between nothing and a second while all is well: the line then keeps to its lower half. */
const LEAST_SCALE = 2;

export function Sparkline({ values, label }: { readonly values: readonly (number | null)[]; readonly label: string }) {
  const highest = Math.max(LEAST_SCALE, ...values.map((value) => value ?? 0));
  const offset = WIDTH - values.length;
  const points = values.flatMap((value, at) =>
    value === null ? [] : [`${offset + at},${(HEIGHT - 1 - (value / highest) * (HEIGHT - 2)).toFixed(1)}`],
  );
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polyline points={points.join(' ')} />
    </svg>
  );
}
