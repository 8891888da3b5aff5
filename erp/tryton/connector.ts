/**
 * The connector of Tryton 6.0: the tables its read models stand on, captured from its PostgreSQL database,
 * or through its API, and written to through that.
 *
 * Three habits of Tryton's database shape what stands here. A reference to one of several models is a text,
 * `sale.line,34`, and is followed through an index on that text. Every document names its company. And texts in
 * another language than the column's are rows of `ir_translation`.
 */
import type { ConnectorFactory } from '../connector.ts';
import { commandChannel } from './commands/channel.ts';
import { onceIndexes, onceSql } from './commands/indexes.ts';
import { LONGEST_TRANSACTION_MS, pollingOf } from './polling.ts';
import { tables } from './tables.ts';

export const connector: ConnectorFactory = ({
  company = '1',
  language = 'en',
  timeZone = 'UTC',
  writes = 'reference',
  settlesWithinMs = LONGEST_TRANSACTION_MS,
}) => ({
  name: 'tryton',
  tables,
  readModels: new URL('./read-models/', import.meta.url),
  parameters: { company, language },
  timeZone,
  publication: 'skiff_pub',
  polling: pollingOf(company),
  onceSql,
  ...(writes === 'key' && { onceIndexes }),
  commands: commandChannel({
    company,
    language,
    settling: writes === 'reference' ? { way: writes, settlesWithinMs } : { way: writes },
  }),
});
