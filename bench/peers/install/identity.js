/**
 * Who asks, as Skiff's own gateway tells its subgraphs (`subgraphs/identity.ts`): what a peer in the gateway's place has
 * to say too. It holds for a minute and is signed anew each half of one, which costs the peer next to nothing.
 */
import { createHmac } from 'node:crypto';

const REQUEST_ID = 'bench';
const RENEW_MS = 30_000;
const LASTS_MS = 60_000;

/**
 * @param {string} secret
 * @param {string} today the day that the subgraphs take it to be
 * @returns {() => Record<string, string>} the headers of a request now
 */
export function identity(secret, today) {
  let renewAt = 0;
  /** @type {Record<string, string>} */
  let headers = {};
  return () => {
    if (Date.now() < renewAt) return headers;
    renewAt = Date.now() + RENEW_MS;
    const who = {
      name: 'bench',
      scopes: ['read:*'],
      plants: '*',
      requestId: REQUEST_ID,
      expires: Date.now() + LASTS_MS,
    };
    const said = Buffer.from(JSON.stringify(who)).toString('base64url');
    const signature = createHmac('sha256', secret).update(said).digest('base64url');
    headers = { 'skiff-identity': `${said}.${signature}`, 'x-request-id': REQUEST_ID, 'skiff-today': today };
    return headers;
  };
}
