/**
 * A program that starts an embedded PostgreSQL, says so in a line of JSON, and keeps it until it is told to end.
 */
import { startPostgres } from '../../runtime/embedded-postgres.ts';
import { OperatorFault } from '../../runtime/errors.ts';
import { createLog } from '../../runtime/log.ts';
import { shutdownOnSignals } from '../../runtime/shutdown.ts';

const [dataDir = '', settings = '{}', binaries] = process.argv.slice(2);
const log = createLog({ level: 'warn' }, process.stderr);
const shutdown = shutdownOnSignals({ log });
try {
  const server = await startPostgres({ dataDir, settings: JSON.parse(settings), log, ...(binaries && { binaries }) });
  shutdown.add({ name: 'PostgreSQL', stop: () => server.stop(), kill: () => server.kill() });
  const { pid, adopted, initialised } = server;
  console.log(JSON.stringify({ pid, adopted, initialised, url: server.connectionString() }));
  setInterval(() => {}, 1_000);
} catch (error) {
  if (!(error instanceof OperatorFault)) throw error;
  console.log(JSON.stringify({ fault: error.code, message: error.message, remedy: error.remedy }));
}
