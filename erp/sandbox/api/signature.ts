/**
 * Signs what is sent to a webhook: HMAC-SHA256 over the time and the body, so that neither can be altered, and a message
 * that is sent again much later can be told.
 */
import { createHmac } from 'node:crypto';

export const SIGNATURE_HEADER = 'x-sandbox-signature';

export function signature(secret: string, body: string, atMs: number): string {
  const seconds = Math.floor(atMs / 1_000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
