/** What has to be mended by hand: keys in quarantine, tables that are not as declared. Absent while there is nothing. */
import type { Status, TableFault } from './status.ts';

export function Quarantine({ keys }: { readonly keys: Status['quarantine'] }) {
  if (keys.length === 0) return null;
  return (
    <section className="card" aria-labelledby="quarantine">
      <header>
        <h2 id="quarantine">Quarantine</h2>
        <p className="explanation">
          Rows that could not be made, the latest first; they are missing from answers until the ERP’s value is mended.
        </p>
      </header>
      <ul className="faults">
        {keys.map(({ model, key, error }) => (
          <li key={`${model} ${key.join(':')}`}>
            <strong>{model}</strong> <code>{key.join(':')}</code>
            <p className="reason">{error}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Tables({ tables }: { readonly tables: Status['tables'] }) {
  if (tables.length === 0) return null;
  return (
    <section className="card" aria-labelledby="tables">
      <header>
        <h2 id="tables">Mirrored tables</h2>
        <p className="explanation">Those that are still to be copied, or that the ERP no longer has as declared.</p>
      </header>
      <ul className="faults">
        {tables.map(({ name, state, faults }) => (
          <li key={name} data-tone={faults.length > 0 ? 'bad' : 'busy'}>
            <strong>{name}</strong>{' '}
            <span className="state">
              {faults.length > 0 ? 'not as declared' : state === 'copy' ? 'to be copied' : state}
            </span>
            {faults.map((fault) => (
              <p className="reason" key={fault.column}>
                {inWords(fault)}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

const inWords = ({ column, problem, expected, found }: TableFault): string =>
  problem === 'missing'
    ? `Column ${column} (${expected}) is missing in the ERP.`
    : `Column ${column} is declared as ${expected}, but the ERP has it as ${found ?? 'another type'}.`;
