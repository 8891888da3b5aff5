/** A replica of Tryton in a process of its own, to be killed: `replica-program.ts <replica> <tryton>`. */
import { connectReplica } from './connected.ts';

const [replicaUrl = '', captureUrl = ''] = process.argv.slice(2);
const connected = await connectReplica(captureUrl, replicaUrl);
process.send?.('built');
process.on('message', async () => {
  await connected.caughtUp();
  process.send?.('caught up');
});
process.on('disconnect', () => process.exit(0));
await connected.replica.done;
