/** What the routes of `/data` are handed. */
import type { Log } from '../../runtime/log.ts';
import type { NewContext } from '../../subgraphs/context.ts';
import type { OpenExport } from '../../subgraphs/dataset.ts';
import type { MakeFresh } from '../../subgraphs/fresh-enough.ts';
import type { Authenticate } from '../authentication.ts';
import type { DeployedDatasets } from './dataset.ts';

export interface DataSettings {
  /** Of the deployment that new requests begin on. */
  readonly current: () => { readonly datasets: DeployedDatasets };
  readonly newContext: NewContext;
  readonly authenticate: Authenticate;
  readonly makeFresh: MakeFresh;
  readonly openExport: OpenExport;
  /** The data version of a type, as this process has last seen it. */
  readonly dataVersion: (type: string) => string;
  /** Where clients reach this server, without a slash at its end; by default where they asked. */
  readonly publicUrl?: string | undefined;
  /** How long may be waited for fresh data, and for the first rows. */
  readonly requestDeadlineMs: number;
  readonly log: Log;
}
