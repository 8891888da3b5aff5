/** The golden file of our own tables. */
import { expect, test } from 'vitest';
import { connect } from '../../replica/connect.ts';
import { migrate } from '../../replica/migrate.ts';
import { testPostgres } from '../postgres.ts';
import { describeSchema } from './describe-schema.ts';

const HEAD = '-- What the migrations add up to. Written by `npm run generate:schema-sql`; do not edit.\n\n';

test('replica/schema.sql says what the migrations add up to', async () => {
  await using db = await testPostgres();
  const client = await connect(db.url, 'builder');
  await migrate(client);
  const sql = HEAD + (await describeSchema(client));
  await client.end();

  const stale = 'replica/schema.sql is stale: run `npm run generate:schema-sql` and commit what it writes';
  await expect(sql, stale).toMatchFileSnapshot('../../replica/schema.sql');
});
