/** Starts the operations console. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ConsolePage } from './page.tsx';

const root = document.querySelector('#root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <ConsolePage />
  </StrictMode>,
);
