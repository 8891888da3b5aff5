/**
 * Asks a gateway a document whose types codegen knows: `npm run generate` after writing one.
 *
 *     const { product } = await ask(url, graphql(`query Product($id: ID!) { product(id: $id) { name } }`), { id });
 */
import type { TypedDocumentString } from './generated/graphql.ts';

export interface Answer<Result> {
  readonly data: Result;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
  readonly extensions: { readonly freshness: { readonly asOf: string | null; readonly stale: boolean } };
}

export async function ask<Result, Variables>(
  url: string,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Answer<Result>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  return response.json();
}
