/** GraphiQL at `/graphql`: with examples that run, the operation as code, a credential, the freshness of each answer. */
import '@graphiql/react/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { ActiveTabInView } from './active-tab.tsx';
import { COPY_PLUGIN } from './copy-panel.tsx';
import { CREDENTIAL_PLUGIN, OpensWhenRefused } from './credential-panel.tsx';
import { EXAMPLES_PLUGIN } from './examples-panel.tsx';
import { fetcher } from './fetcher.ts';
import { firstTabs, isFirstVisit } from './first-tabs.ts';
import { Freshness } from './freshness.tsx';
import { isNarrow } from './narrow.ts';
import { storageWithoutHeaders } from './storage.ts';
import { SystemTheme } from './system-theme.tsx';

const plugins = [EXAMPLES_PLUGIN, COPY_PLUGIN, HISTORY_PLUGIN, explorerPlugin(), CREDENTIAL_PLUGIN];
const opened = isNarrow() ? {} : { visiblePlugin: EXAMPLES_PLUGIN };
const welcome = isFirstVisit() ? { defaultTabs: await firstTabs(fetcher), ...opened } : {};

const root = document.querySelector('#root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    storage={storageWithoutHeaders}
    shouldPersistHeaders={false}
    showPersistHeadersSettings={false}
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
    <OpensWhenRefused />
    <ActiveTabInView />
  </GraphiQL>,
);
