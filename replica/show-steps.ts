/** Shows a start on stderr: the copy as a bar, then each read model as it is built. */
import { type Progress, showProgress } from '../runtime/progress.ts';
import type { BuildProgress } from './build.ts';

export interface Steps {
  /** @param rows of all tables so far @param estimated of all tables */
  copied(rows: number, estimated: number): void;
  readonly built: BuildProgress;
  end(): void;
}

export function showSteps(): Steps {
  let copy: { readonly bar: Progress; rows: number } | null = null;
  const end = () => {
    copy?.bar.end();
    copy = null;
  };
  return {
    copied(rows, estimated) {
      // A later snapshot counts from the beginning.
      if (copy && rows < copy.rows) end();
      copy ??= {
        bar: showProgress({ label: "Copying the ERP's tables", total: estimated || undefined, unit: 'rows' }),
        rows: 0,
      };
      copy.bar.add(rows - copy.rows);
      copy.rows = rows;
    },
    built(model, step, rows) {
      end();
      if (step === 'ready') process.stderr.write(`Built ${model}: ${rows} rows\n`);
    },
    end,
  };
}
