/** Starts the catalogue: `/data` is the list, `/data/<name>` one dataset. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { DatasetList } from './dataset-list.tsx';
import { DatasetPage } from './dataset-page.tsx';

const root = document.querySelector('#root');
if (!root) throw new Error('index.html has no #root');
const name = location.pathname.replace(/^\/data\/?/, '');
createRoot(root).render(
  <StrictMode>{name === '' ? <DatasetList /> : <DatasetPage address={`/data/${name}`} />}</StrictMode>,
);
