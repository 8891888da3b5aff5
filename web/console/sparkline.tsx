/** A small line of how a figure went; a gap where it was not known. */

const WIDTH = 120;
const HEIGHT = 32;
/** One second is as high as it gets while all is well, so that an idle replica does not look alarming. */
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
