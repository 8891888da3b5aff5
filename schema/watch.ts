/** Tells when the authored SDL has changed on disk: once, after an editor or a deployment has written all it writes. */
import { watch } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./', import.meta.url));
const quietMs = 300;

export function watchSchema(onChange: () => void, signal: AbortSignal): void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { signal }, (_event, file) => {
    if (!file?.endsWith('.graphql') || file === 'api.graphql' || file === 'supergraph.graphql') return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!signal.aborted) onChange();
    }, quietMs);
  });
  // Where files cannot be watched, a restart shows the change.
  watcher.on('error', () => undefined);
}
