/** OAuth2 client credentials: one token for all calls, asked for again shortly before it ends or when it is refused. */
import { z } from 'zod';
import { FaultCode, OperatorFault } from '../../runtime/errors.ts';
import { ErpCallFailed } from '../transport.ts';
import { failedCall } from './failed-call.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

const Granted = z.object({ access_token: z.string(), expires_in: z.number().optional() });

/** Asked for anew when so much of its life is over. */
const USED_SHARE = 0.8;
const ASSUMED_SECONDS = 300;

export class AccessToken {
  readonly #url: URL;
  readonly #credentials: Credentials;
  #held: { readonly token: string; readonly goodUntil: number } | null = null;
  #asking: Promise<string> | null = null;

  constructor(url: URL, credentials: Credentials) {
    this.#url = url;
    this.#credentials = credentials;
  }

  get(): Promise<string> {
    if (this.#held && performance.now() < this.#held.goodUntil) return Promise.resolve(this.#held.token);
    // Asked for once for all who wait, and so ended by none of them.
    this.#asking ??= this.#ask(AbortSignal.timeout(30_000)).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** The ERP has refused it, whatever it said of its life. */
  refused(token: string): void {
    if (this.#held?.token === token) this.#held = null;
  }

  async #ask(signal: AbortSignal): Promise<string> {
    const { user, password } = this.#credentials;
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: user, client_secret: password });
    const askedAt = performance.now();
    const answer = await fetch(this.#url, { method: 'POST', body, signal }).catch((cause: unknown) => {
      throw new ErpCallFailed('The ERP does not answer the request for a token', null, null, { cause });
    });
    const text = await answer.text();
    if ([400, 401, 403].includes(answer.status)) {
      throw new OperatorFault(
        FaultCode.ErpApiRefused,
        `The ERP's API at ${this.#url.origin} refuses the login "${user}" (${answer.status}).`,
        'Correct SKIFF_ERP_USER and SKIFF_ERP_PASSWORD and start again.',
      );
    }
    if (!answer.ok) throw failedCall('a token', answer);
    const granted = Granted.parse(JSON.parse(text));
    const lifeMs = (granted.expires_in ?? ASSUMED_SECONDS) * 1_000;
    this.#held = { token: granted.access_token, goodUntil: askedAt + lifeMs * USED_SHARE };
    return granted.access_token;
  }
}
