/** Says that a dataset will go, and when. */
import type { Entry } from './catalogue.ts';

export const Deprecation = ({ deprecated }: Pick<Entry, 'deprecated'>) =>
  deprecated ? (
    <p data-tone="warn" className="deprecation">
      Deprecated, removed on {deprecated.removal}: {deprecated.reason}
    </p>
  ) : null;
