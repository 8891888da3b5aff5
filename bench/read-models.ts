/** A replica's read models as a gateway serves them, for a bench that reads past the gateway. */
import type pg from 'pg';
import { connect, pool } from '../replica/connect.ts';
import type { FlatSchema } from '../replica/flat-type.ts';
import type { Definition } from '../replica/model/definition.ts';
import { registered } from '../replica/model/registry.ts';
import type { ServedModels } from '../replica/served.ts';
import { serveModels } from '../replica/serving.ts';
import { deployedSchema } from '../schema/deployed.ts';
import type { Database } from './databases.ts';

export interface BenchReadModels extends AsyncDisposable {
  readonly schema: FlatSchema;
  readonly definitions: readonly Definition[];
  readonly served: ServedModels;
  /** With the settings a gateway's readers have. */
  readonly readers: pg.Pool;
}

export async function readModels({ url }: Pick<Database, 'url'>): Promise<BenchReadModels> {
  const client = await connect(url, 'builder');
  const definitions = (await registered(client)).map(({ definition }) => definition);
  await client.end();
  const readers = pool(url, 4);
  const served = await serveModels(readers, definitions);
  return {
    schema: deployedSchema().flat,
    definitions,
    served,
    readers,
    async [Symbol.asyncDispose]() {
      served.close();
      await readers.end();
    },
  };
}
