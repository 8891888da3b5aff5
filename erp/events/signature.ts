/**
 * Verifies `t=<seconds>,v1=<hex>`: HMAC-SHA256 over "t.body" with a secret that the ERP and we share.
 *
 * The time is signed with the body, so that a message somebody recorded is refused later. What is repeated
 * sooner is an event that is known already. While a secret is exchanged a message may carry two signatures.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the ERP's clock and ours may be apart, the message's way included. */
const TOLERANCE_MS = 300_000;

/** Why the message is refused; null when it is genuine. */
export function signatureFault(header: string | undefined, body: Buffer, secret: string, nowMs: number): string | null {
  if (header === undefined) return 'The signature is missing.';
  const parts = header.split(',').map((part) => part.trim());
  const seconds = parts.map((part) => /^t=(\d{1,12})$/.exec(part)?.[1]).find((found) => found !== undefined);
  const macs = parts.map((part) => /^v1=([0-9a-f]{64})$/.exec(part)?.[1]).filter((found) => found !== undefined);
  if (seconds === undefined || macs.length === 0) return 'The signature is not of the form t=<seconds>,v1=<hex>.';
  const right = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest();
  if (!macs.some((mac) => timingSafeEqual(right, Buffer.from(mac, 'hex')))) return 'The signature is wrong.';
  if (Math.abs(nowMs - Number(seconds) * 1_000) > TOLERANCE_MS) return 'The message was signed at another time.';
  return null;
}
