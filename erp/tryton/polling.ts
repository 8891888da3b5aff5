/** Tryton captured through its API alone. */
import { FaultCode, OperatorFault } from '../../runtime/errors.ts';
import type { ApiAccess, Polling } from '../connector.ts';
import { tables } from './tables.ts';
import { TrytonTransport } from './transport.ts';

/** What Tryton plans by night is one transaction of minutes, and all of its rows are as old as its begin. */
export const LONGEST_TRANSACTION_MS = 300_000;

export const pollingOf =
  (company: string) =>
  ({ url, user, password, database }: ApiAccess): Polling => {
    if (database === undefined) {
      throw new OperatorFault(
        FaultCode.Configuration,
        'SKIFF_ERP_DATABASE is not set.',
        'Tryton serves several databases: name the one to read.',
      );
    }
    return {
      transport: new TrytonTransport({ url, user, password, database, company }, tables),
      longestTransactionMs: LONGEST_TRANSACTION_MS,
      // One call a table, of which Tryton's one process answers one after the other.
      pollEveryMs: 30_000,
      sweepEveryMs: 600_000,
    };
  };
