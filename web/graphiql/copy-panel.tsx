/** The panel that copies: the operation in front as a program would ask it, ready to paste. */
import { type GraphiQLPlugin, useGraphiQL } from '@graphiql/react';
import { type ReactNode, useMemo } from 'react';
import { useCaller } from '../caller.ts';
import { Recipe } from '../recipe.tsx';
import { type AskedOperation, askedOperation } from './asked-operation.ts';
import { CopyIcon } from './icons.tsx';
import { asCurl, asDatasetUrl, asDocumentCurl, asDocumentUrl, asFetch, asPowerQuery, hasAddress } from './recipes.ts';
import { type Registered, registeredId, useDatasetOf, useRegistered } from './registered.ts';

export const COPY_PLUGIN: GraphiQLPlugin = { title: 'Copy as code', icon: CopyIcon, content: CopyPanel };

function CopyPanel() {
  const { asked, fault } = useAsked();
  return (
    <section className="skiff-panel" aria-label="Copy as code">
      <header>
        <h2>Copy as code</h2>
      </header>
      {asked ? <Recipes asked={asked} /> : <p>{fault}</p>}
    </section>
  );
}

function Recipes({ asked }: { readonly asked: AskedOperation }) {
  const registered = useRegistered();
  const id = useMemo(() => registeredId(asked.text, registered), [asked.text, registered]);
  return (
    <>
      {asked.needsCredential && (
        <p>
          Your credential stays out of what is copied: put it in <code>SKIFF_TOKEN</code> or <code>token</code>.
        </p>
      )}
      <Recipe title="curl" text={asCurl(asked)} />
      <Recipe title="fetch" text={asFetch(asked)} />
      {hasAddress(asked) && <ByAddress asked={asked} id={id} file={fileFor(asked, registered)} />}
    </>
  );
}

interface ByAddressProps {
  readonly asked: AskedOperation;
  readonly id: string | null;
  /** Where it would be registered. */
  readonly file: string;
}

function ByAddress({ asked, id, file }: ByAddressProps) {
  return (
    <>
      {id === null ? (
        <Missing title="Address of the document">
          This operation is not registered. Save it as <code>{file}</code> (or in a folder that{' '}
          <code>SKIFF_DOCUMENT_DIRS</code> names) and start Skiff again: then it has an address.
        </Missing>
      ) : (
        <>
          <Recipe title="Address of the document" text={asDocumentUrl(asked, id)} isAddress />
          <Recipe title="curl, by its address" text={asDocumentCurl(asked, id)} />
          <ByDataset asked={asked} id={id} />
        </>
      )}
      <Recipe title="Power Query M (Excel, Power BI)" text={asPowerQuery(asked, id)}>
        {id === null &&
          'As a POST, which Power Query sends without credentials only. Registered, it is asked by address.'}
      </Recipe>
    </>
  );
}

function ByDataset({ asked, id }: { readonly asked: AskedOperation; readonly id: string }) {
  const dataset = useDatasetOf(id);
  if (!dataset) {
    return (
      <Missing title="Address of the dataset">
        No dataset is made of this document. <code>{id}.dataset.json</code> beside it describes one.
      </Missing>
    );
  }
  return (
    <Recipe title="Address of the dataset" text={asDatasetUrl(asked, dataset)} isAddress>
      All rows as a table. <a href={`/data/${dataset.name}`}>Its page</a> has it for Excel, Power BI and others.
    </Recipe>
  );
}

function Missing({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="recipe" aria-label={title}>
      <header>
        <h3>{title}</h3>
      </header>
      <p>{children}</p>
    </section>
  );
}

/** `OpenOrderLines` is kept as `open-order-lines.graphql`, and that is its id, unless another one has it. */
function fileFor({ operation }: AskedOperation, registered: readonly Registered[]): string {
  const name = operation.name?.value ?? 'MyDocument';
  const id = name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
  const isTaken = registered.some(({ ids }) => ids.includes(id));
  return `schema/documents/${isTaken ? 'my-' : ''}${id}.graphql`;
}

function useAsked(): { readonly asked: AskedOperation | null; readonly fault?: string } {
  const tab = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]);
  const { credential } = useCaller();
  return useMemo(() => {
    const { query, variables, headers, operationName } = tab ?? {};
    if (!query?.trim()) return { asked: null, fault: 'The editor is empty.' };
    const editors = { query, variables: variables ?? '', headers: headers ?? '', operationName: operationName ?? null };
    try {
      return { asked: askedOperation(editors, location.origin, credential !== '') };
    } catch (error) {
      return { asked: null, fault: error instanceof Error ? error.message : String(error) };
    }
  }, [tab, credential]);
}
