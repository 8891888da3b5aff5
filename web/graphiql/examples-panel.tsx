/** The panel of runnable examples: a click, or Enter, opens one in a tab of its own, ids filled in. */
import { type GraphiQLPlugin, pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { Kind, parse } from 'graphql';
import { useMemo, useState } from 'react';
import { Sentence } from '../sentence.tsx';
import { headersIn } from './asked-operation.ts';
import { type Example, exampleOf } from './example.ts';
import { examples } from './examples.ts';
import { ExamplesIcon } from './icons.tsx';
import { isNarrow } from './narrow.ts';
import { useRegistered } from './registered.ts';
import { fits, type Headers, variablesOf } from './runnable.ts';

export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: 'Examples', icon: ExamplesIcon, content: ExamplesPanel };

function ExamplesPanel() {
  const schema = useGraphiQL((state) => state.schema);
  const [wanted, setWanted] = useState('');
  const open = useOpenExample();
  const runnable = useMemo(() => examples.filter((example) => !schema || fits(schema, example)), [schema]);
  const registered = useRegistered();
  const documents = useMemo(() => registered.map(({ ids, text }) => exampleOf(ids[0] ?? '', text)), [registered]);
  const found = (example: Example) => matches(example, wanted);
  const shown = runnable.filter(found);
  const shownDocuments = documents.filter(found);
  return (
    <section className="skiff-panel skiff-examples" aria-label="Examples">
      <header>
        <h2>Examples</h2>
        <input
          type="search"
          aria-label="Search examples"
          placeholder="Search examples …"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      </header>
      <ExampleList title="What it is good for" examples={shown.filter(({ isShowcase }) => isShowcase)} onOpen={open} />
      <ExampleList title="Every query field" examples={shown.filter(({ isShowcase }) => !isShowcase)} onOpen={open} />
      <ExampleList title="Registered documents, asked by id" examples={shownDocuments} onOpen={open} />
      {shown.length + shownDocuments.length === 0 && <p>No example says “{wanted}”.</p>}
    </section>
  );
}

interface ExampleListProps {
  readonly title: string;
  readonly examples: readonly Example[];
  readonly onOpen: (example: Example) => void;
}

function ExampleList({ title, examples, onOpen }: ExampleListProps) {
  if (examples.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {examples.map((example) => (
          <li key={example.name}>
            <button type="button" onClick={() => onOpen(example)}>
              <Sentence text={example.title} />
              <small>{example.fields.join(', ')}</small>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function useOpenExample(): (example: Example) => Promise<void> {
  const { addTab, updateActiveTabValues, setOperationFacts, setVisiblePlugin } = useGraphiQLActions();
  const { fetcher, queryEditor, variableEditor, headerEditor } = useGraphiQL(
    pick('fetcher', 'queryEditor', 'variableEditor', 'headerEditor'),
  );
  return async (example) => {
    const headers = headerEditor?.getValue() ?? '';
    const variables = await variablesOf(example, fetcher, parsedHeaders(headers));
    addTab();
    queryEditor?.setValue(example.text);
    variableEditor?.setValue(variables ?? '');
    headerEditor?.setValue(headers);
    updateActiveTabValues({ query: example.text, variables, headers });
    // GraphiQL finds out by itself, but a moment later: who runs it at once would ask for the operation of before.
    setOperationFacts(operationFacts(example));
    if (isNarrow()) setVisiblePlugin(null);
    queryEditor?.focus();
  };
}

function operationFacts({ text }: Example) {
  const documentAST = parse(text);
  const operations = documentAST.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return { documentAST, operations, operationName: operations[0]?.name?.value };
}

/** Nothing while the editor does not (yet) hold headers. */
function parsedHeaders(text: string): Headers {
  try {
    return headersIn(text);
  } catch {
    return {};
  }
}

function matches({ title, fields }: Example, wanted: string): boolean {
  const text = `${title} ${fields.join(' ')}`.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
