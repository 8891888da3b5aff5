/**
 * The connector of the sandbox ERP, captured by logical replication from its database, or through its API.
 *
 * Numbers are texts with leading zeros and stay so. Items are keyed by document and item: their ids in the API are
 * `0001000042:000010`. Texts are rows per language.
 */
import type { ConnectorFactory } from '../connector.ts';
import { writeModes } from './api/profiles.ts';
import { commandChannel } from './commands.ts';
import { polling } from './resources.ts';
import { tables } from './tables.ts';
import { webhooks } from './webhooks.ts';

export const connector: ConnectorFactory = ({
  company = '1000',
  language = 'EN',
  timeZone = 'Europe/Vienna',
  writes = 'key',
}) => ({
  name: 'sandbox',
  tables,
  readModels: new URL('./read-models/', import.meta.url),
  parameters: { company, language },
  timeZone,
  publication: 'skiff_pub',
  polling,
  webhooks,
  commands: (access) => commandChannel(access, writeModes[writes]),
});
