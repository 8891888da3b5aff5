/** The panel that says who asks. It opens by itself when the gateway wants to know. */
import { type GraphiQLPlugin, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';
import { useCaller } from '../caller.ts';
import { CredentialField } from '../credential-field.tsx';
import { CredentialIcon } from './icons.tsx';

export const CREDENTIAL_PLUGIN: GraphiQLPlugin = {
  title: 'Credential',
  icon: CredentialIcon,
  content: CredentialPanel,
};

function CredentialPanel() {
  const { introspect } = useGraphiQLActions();
  return (
    <section className="skiff-panel" aria-label="Credential">
      <header>
        <h2>Credential</h2>
      </header>
      <CredentialField onChange={introspect} />
    </section>
  );
}

export function OpensWhenRefused() {
  const { isRefused } = useCaller();
  const { setVisiblePlugin } = useGraphiQLActions();
  useEffect(() => {
    if (isRefused) setVisiblePlugin(CREDENTIAL_PLUGIN);
  }, [isRefused, setVisiblePlugin]);
  return null;
}
