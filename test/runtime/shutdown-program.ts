/**
 * A program that ends as its first argument says, naming each thing it stops.
 */
import { createLog } from '../../runtime/log.ts';
import { shutdownOnSignals } from '../../runtime/shutdown.ts';

const [manner] = process.argv.slice(2);
const shutdown = shutdownOnSignals({ log: createLog({ level: 'info' }, process.stderr), deadlineMs: 3_000 });
const never = new Promise(() => {});

shutdown.add({
  name: 'database',
  stop: () => console.log('database stopped'),
  kill: () => console.log('database killed'),
});
shutdown.add({
  name: 'gateway',
  async stop() {
    if (manner === 'hang') await never;
    if (manner === 'fail') throw new Error('it is stuck');
    console.log('gateway stopped');
  },
  kill: () => console.log('gateway killed'),
});
shutdown.signal.addEventListener('abort', () => console.log('ending'));
setInterval(() => {}, 1_000);

console.log('ready');
if (manner === 'crash') setImmediate(() => Promise.reject(new Error('nobody catches this')));
if (manner === 'finish') await shutdown.end(7);
