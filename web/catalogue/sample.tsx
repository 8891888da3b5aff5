/** The first rows of a dataset. */
import type { ReactNode } from 'react';
import type { Dataset } from './catalogue.ts';

interface SampleProps {
  readonly columns: Dataset['columns'];
  readonly rows: Dataset['sample'];
}

export const Sample = ({ columns, rows }: SampleProps) => (
  <section className="card" aria-labelledby="sample">
    <h2 id="sample">The first rows</h2>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
    <div className="sample" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows?.map((row) => (
            <tr key={JSON.stringify(row)}>
              {columns.map(({ name }) => (
                <td key={name}>{shown(row[name])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    {(rows === null || rows.length === 0) && (
      <p className="nothing">{rows === null ? 'They cannot be read at the moment.' : 'There is none at present.'}</p>
    )}
  </section>
);

const shown = (value: unknown): ReactNode => (value === null ? <span className="explanation">–</span> : String(value));
