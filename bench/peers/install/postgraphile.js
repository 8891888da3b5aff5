/**
 * PostGraphile 5 over one schema of a database, as its users run it in production: the amber preset, filters by the usual
 * plugin, each request under the role and the plants of its caller by `pgSettings`.
 *
 *     node postgraphile.js <database url> <schema> [<role> <plants>]
 *
 * It tells its parent its address, and ends with it.
 */
import { createServer } from 'node:http';
import { grafserv } from 'grafserv/node';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter';

const CONNECTIONS = 10;
const [connectionString = '', schema = '', role, plants = '{}'] = process.argv.slice(2);

const preset = {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  disablePlugins: ['MutationPlugin', 'PgMutationCreatePlugin', 'PgMutationUpdateDeletePlugin'],
  pgServices: [makePgService({ connectionString, schemas: [schema], poolConfig: { max: CONNECTIONS } })],
  grafserv: { graphiql: false, websockets: false, watch: false },
  grafast: {
    explain: false,
    ...(role === undefined ? {} : { context: () => ({ pgSettings: { role, 'skiff.plants': plants } }) }),
  },
};
const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.send?.(`http://127.0.0.1:${address.port}/graphql`);
});
