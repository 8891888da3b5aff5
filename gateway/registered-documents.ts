/** `GET /graphql/documents`: what the caller may ask by id, with its text. GraphiQL tells by it what is registered. */
import type { Authenticate } from './authentication.ts';
import type { Deployment } from './deployment.ts';
import { json, type Route } from './http-server.ts';

interface RegisteredDocumentsSettings {
  readonly current: () => Pick<Deployment, 'documentsFor'>;
  readonly authenticate: Authenticate;
}

export const registeredDocumentsRoute = ({ current, authenticate }: RegisteredDocumentsSettings): Route => ({
  path: '/graphql/documents',
  methods: ['GET'],
  async answer({ request }) {
    const principal = await authenticate(request);
    const documents = current().documentsFor(principal);
    return {
      ...json(200, { documents: documents.map(({ ids, text }) => ({ ids, text })) }),
      principal: principal.name,
    };
  },
});
