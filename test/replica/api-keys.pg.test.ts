/** API keys, and a database that is lost while one is looked up. */
import { expect, test } from 'vitest';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { apiKeys, createApiKey } from '../../replica/api-keys.ts';
import { connect, pool } from '../../replica/connect.ts';
import { migrate } from '../../replica/migrate.ts';
import type { Query } from '../../replica/queryable.ts';
import { testPostgres } from '../postgres.ts';

test('a connection that is cut while a key is looked up is replaced; a database that stays away is said to be', async () => {
  await using db = await testPostgres();
  const client = await connect(db.url, 'reader');
  await migrate(client);
  await client.end();
  const key = { name: 'board', scopes: ['read:*'], access: ALL_PLANTS, expiresAt: null };
  const secret = (await createApiKey(db.pool, key)) ?? '';

  const connections = pool(db.url, 1);
  const cut = (times: number) => {
    let left = times;
    const query: Query = (statement) =>
      connections.query(left-- > 0 ? { text: 'select pg_terminate_backend(pg_backend_pid())' } : statement);
    return apiKeys(query);
  };
  await expect(cut(1)(secret)).resolves.toMatchObject({ name: 'board' });
  await expect(cut(2)(secret)).rejects.toMatchObject({ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } });
  await connections.end();
});
