/** Asks on a page who looks at it. */
import { CredentialField } from './credential-field.tsx';

export const CredentialCard = () => (
  <section className="card" aria-labelledby="credential">
    <h2 id="credential">Who are you?</h2>
    <CredentialField />
  </section>
);
