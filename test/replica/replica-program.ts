/** A replica of the small ERP in a process of its own, to be killed: `replica-program.ts <replica> <erp> <read models>`. */
import { postgresCapture } from '../../erp/postgres/capture.ts';
import { startReplica } from '../../replica/replica.ts';
import { createLog } from '../../runtime/log.ts';
import { schema, smallConnector } from './small-erp.ts';

const [connectionString = '', erp = '', folder = ''] = process.argv.slice(2);
const connector = smallConnector(folder);
const log = createLog({ level: 'warn' }, process.stderr);
const capture = postgresCapture({
  connectionString: erp,
  publication: connector.publication,
  slot: `skiff_crash_${process.ppid}`,
  tables: connector.tables,
  log,
});
const replica = await startReplica({
  connectionString,
  connector,
  schema,
  capture,
  log,
  onBuilt: () => process.send?.('built'),
});
process.on('message', async () => {
  await replica.sample();
  process.send?.('caught up');
});
process.on('disconnect', () => process.exit(0));
await replica.done;
