/** GraphiQL at `/graphql`, with examples that run and the freshness of each answer. */
import '@graphiql/react/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { EXAMPLES_PLUGIN } from './examples-panel.tsx';
import { firstTabs, isFirstVisit } from './first-tabs.ts';
import { Freshness } from './freshness.tsx';
import { storageWithoutHeaders } from './storage.ts';
import { SystemTheme } from './system-theme.tsx';

// The header also tells the gateway that no other site's form sent this.
const fetcher = createGraphiQLFetcher({ url: '/graphql', headers: { 'x-graphql-client': 'graphiql' } });
const plugins = [EXAMPLES_PLUGIN, HISTORY_PLUGIN, explorerPlugin()];
const welcome = isFirstVisit() ? { defaultTabs: await firstTabs(fetcher), visiblePlugin: EXAMPLES_PLUGIN } : {};

const root = document.querySelector('#root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    storage={storageWithoutHeaders}
    shouldPersistHeaders={false}
    defaultEditorToolsVisibility="variables"
    {...welcome}
  >
    <GraphiQL.Logo>
      <a className="skiff-logo" href="/console" title="How the replica is doing">
        <img src="/web/favicon.svg" alt="" />
        Skiff
      </a>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <Freshness />
    </GraphiQL.Footer>
    <SystemTheme />
  </GraphiQL>,
);
