/**
 * `@apollo/gateway` under Apollo Server, over Skiff's subgraph processes.
 *
 *     node apollo-gateway.js <file of the supergraph> <secret of the subgraphs> <today>
 */
import { readFileSync } from 'node:fs';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { identity } from './identity.js';

const [file = '', secret = '', today = ''] = process.argv.slice(2);
const headersNow = identity(secret, today);

class Subgraph extends RemoteGraphQLDataSource {
  /** @param {{ request: { http?: { headers: Map<string, string> } } }} options */
  willSendRequest({ request }) {
    for (const [name, value] of Object.entries(headersNow())) request.http?.headers.set(name, value);
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(file, 'utf8'),
  buildService: ({ url }) => new Subgraph({ url }),
});
const server = new ApolloServer({ gateway, introspection: false });
const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
process.on('disconnect', () => process.exit());
process.send?.(url);
