/** The head of the console and the catalogue. */

const PLACES = [
  ['/graphql', 'GraphiQL'],
  ['/data', 'Data'],
  ['/console', 'Console'],
  ['/metrics', 'Metrics'],
] as const;

export const PageHeader = ({ title }: { readonly title: 'Data' | 'Console' }) => (
  <header className="top">
    <h1>
      <img src="/web/favicon.svg" alt="" /> Skiff <span>{title.toLowerCase()}</span>
    </h1>
    <nav aria-label="Elsewhere">
      {PLACES.map(([address, name]) => (
        <a key={address} href={address} aria-current={name === title ? 'page' : undefined}>
          {name}
        </a>
      ))}
    </nav>
  </header>
);
