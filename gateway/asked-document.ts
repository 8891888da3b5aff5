/**
 * Which document a request asks: its text, or the id of a registered one in any of the forms clients know.
 *
 *     documentId                             GraphQL over HTTP
 *     doc_id, id                             Relay
 *     extensions.persistedQuery.sha256Hash   Apollo, urql
 *
 * Text and id together are how Apollo's automatic persisted queries add to a server's store. There is none.
 */
import { z } from 'zod';
import { ErrorCode } from '../runtime/errors.ts';
import { canonicalId } from '../schema/registry.ts';
import { refusal } from './refusal.ts';

export type AskedDocument =
  | { readonly query: string; readonly documentId?: undefined }
  | { readonly documentId: string; readonly query?: undefined };

const id = z.string({ error: 'The id of a document is a string.' }).nullish();

/** Of a request's parameters, those that say which document. */
export const documentParameters = {
  query: z.string({ error: 'query must be a string: the document.' }).nullish(),
  documentId: id,
  doc_id: id,
  id,
  extensions: z
    .looseObject(
      { persistedQuery: z.looseObject({ sha256Hash: id }).nullish() },
      { error: 'extensions must be an object.' },
    )
    .nullish(),
};

/** Whether an address names a registered document. */
export const namesDocument = (query: URLSearchParams): boolean =>
  ['documentId', 'doc_id', 'id', 'extensions'].some((parameter) => query.has(parameter));

type Parameters = z.output<z.ZodObject<typeof documentParameters>>;

export function askedDocument({ query, documentId, doc_id, id, extensions }: Parameters): AskedDocument {
  const sent = [documentId, doc_id, id, extensions?.persistedQuery?.sha256Hash].flatMap((one) => one || []);
  const [asked, other] = new Set(sent.map(canonicalId));
  if (asked === undefined) {
    if (typeof query === 'string') return { query };
    throw refusal(400, ErrorCode.BadUserInput, 'Send a query, or the documentId of a registered document.');
  }
  if (other !== undefined) throw refusal(400, ErrorCode.BadUserInput, 'The request names two documents.');
  if (query) {
    const message = 'Send the id of a registered document or a text, not both: no request registers a document.';
    throw refusal(403, ErrorCode.PersistedDocumentOnly, message);
  }
  return { documentId: asked };
}
