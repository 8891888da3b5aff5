/**
 * Types that follow from the schema: of the resolvers a subgraph programs, and of the documents in web/.
 *
 * A flat type needs neither: its resolver is generic. So a subgraph has a file here when it has a
 * folder in subgraphs/, and nothing else is generated.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CodegenConfig } from '@graphql-codegen/cli';

/** As they travel: exact decimals and big integers are strings, and no Date is made of a date. */
const scalars = {
  BigInt: 'string',
  Date: 'string',
  DateTime: 'string',
  Decimal: 'string',
  ID: 'string',
  _FieldSet: 'string',
};

const subgraphs = (await readdir('schema/generated'))
  .map((file) => basename(file, '.graphql'))
  .filter((name) => existsSync(`subgraphs/${name}`));

const config: CodegenConfig = {
  ignoreNoDocuments: true,
  config: { scalars, enumsAsTypes: true, useTypeImports: true, strictScalars: true },
  generates: {
    ...Object.fromEntries(
      subgraphs.map((name) => [
        `subgraphs/${name}/resolvers.generated.ts`,
        {
          schema: `schema/generated/${name}.graphql`,
          plugins: ['typescript', 'typescript-resolvers'],
          config: { federation: true, contextType: '../context.ts#SubgraphContext' },
        },
      ]),
    ),
    'web/generated/': {
      schema: 'schema/api.graphql',
      documents: ['web/**/*.{ts,tsx}', '!web/generated/**'],
      preset: 'client',
      presetConfig: { fragmentMasking: false },
    },
  },
};

export default config;
