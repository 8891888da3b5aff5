/**
 * Hive Gateway with its JavaScript planner and executor, as a library on `node:http`, over Skiff's subgraph processes.
 *
 *     node hive.js <file of the supergraph> <secret of the subgraphs> <today>
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { identity } from './identity.js';

const [file = '', secret = '', today = ''] = process.argv.slice(2);
const headersNow = identity(secret, today);
const gateway = createGatewayRuntime({
  supergraph: readFileSync(file, 'utf8'),
  propagateHeaders: { fromClientToSubgraphs: headersNow },
  // One of its own would stand in the place of the one that is signed.
  requestId: false,
  landingPage: false,
  graphiql: false,
  logging: false,
});
const server = createServer(gateway);
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.send?.(`http://127.0.0.1:${address.port}/graphql`);
});
