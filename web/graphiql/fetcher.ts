/** How GraphiQL asks: one answer over HTTP, or, for a subscription, the events of a connection of its own. */
import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { getOperationAST, OperationTypeNode, parse } from 'graphql';
import { createClient } from 'graphql-sse';
import { askServer } from '../caller.ts';

const url = '/graphql';
// It tells the gateway that no other site's form sent this.
const own = { 'x-graphql-client': 'graphiql' };

const once = createGraphiQLFetcher({ url, headers: own, fetch: askServer });

export const fetcher: Fetcher = (parameters, options) => {
  const { query, operationName, variables } = parameters;
  if (!isSubscription(query, operationName ?? null)) return once(parameters, options);
  const headers = { ...own, ...options?.headers };
  return createClient({ url, headers, fetchFn: askServer }).iterate({
    query,
    ...(operationName && { operationName }),
    variables,
  });
};

function isSubscription(query: string, operationName: string | null): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
  } catch {
    return false; // The gateway says what is wrong with it.
  }
}
