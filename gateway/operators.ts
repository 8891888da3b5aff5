/** Routes for who runs this Skiff: the scope `operate`. */
import { ErrorCode } from '../runtime/errors.ts';
import type { Authenticate } from './authentication.ts';
import type { Route } from './http-server.ts';
import { Refusal, refusal } from './refusal.ts';

export const forOperators = (route: Route, authenticate: Authenticate): Route => ({
  ...route,
  async answer(exchange) {
    const principal = await authenticate(exchange.request).catch((error: unknown) => {
      throw error instanceof Refusal && error.status === 401 ? withBasic(error) : error;
    });
    if (!principal.scopes.has('operate')) throw refusal(403, ErrorCode.Forbidden, 'This needs the scope operate.');
    return route.answer(exchange);
  },
});

/** Told of Basic, a browser asks for the key itself, as do the tools that read data. */
export const withBasic = ({ status, errors, headers }: Refusal): Refusal =>
  new Refusal(status, errors, {
    ...headers,
    'www-authenticate': `Basic realm="skiff", ${headers['www-authenticate'] ?? 'Bearer'}`,
  });
