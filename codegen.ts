/**
 * Types that follow from the schema: of the resolvers a subgraph programs, and of the documents that tests and
 * benches ask. `schema/generate.ts` comes first: it writes the SDL this reads.
 *
 * A flat type needs neither, its resolver is generic: a subgraph has a file here when it has a `resolvers.ts`.
 */
import { globSync } from 'node:fs';
import { dirname } from 'node:path';
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

/** Of output that Node can run as it is: nothing of TypeScript's that is not mere types. */
const types = {
  scalars,
  immutableTypes: true,
  strictScalars: true,
  enumsAsTypes: true,
  useTypeImports: true,
  importExtension: '.ts',
};

const FLAT_ROW = '../../replica/read.ts#FlatRow';

/** What resolvers of these types are handed: rows as their room has them. */
const mappers = {
  Command: '../../commands/command.ts#Command as CommandRow',
  CommandApproval: '../../commands/command.ts#Approval as ApprovalRow',
  CommandContent: '../../commands/content.ts#Content as ContentRow',
  CommandEvent: '../../commands/command.ts#CommandEvent as EventRow',
  Plan: '../../commands/command.ts#Plan as PlanRow',
  ProductionOrder: FLAT_ROW,
  PurchaseOrder: FLAT_ROW,
  Shipment: FLAT_ROW,
  StockMovement: FLAT_ROW,
};

const programmed = globSync('subgraphs/*/resolvers.ts').map((file) => dirname(file));

const config: CodegenConfig = {
  generates: {
    ...Object.fromEntries(
      programmed.map((folder) => [
        `${folder}/resolvers.generated.ts`,
        {
          schema: folder.replace('subgraphs/', 'schema/generated/').concat('.graphql'),
          plugins: ['typescript', 'typescript-resolvers'],
          config: { ...types, mappers, federation: true, contextType: '../context.ts#SubgraphContext' },
        },
      ]),
    ),
    'test/generated/': {
      schema: 'schema/api.graphql',
      documents: ['{test,bench}/**/*.ts', '!test/generated/**'],
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { ...types, documentMode: 'string' },
    },
  },
  ignoreNoDocuments: true,
  // Only what is given to `graphql()`: a document that is marked for an editor may be wrong on purpose.
  pluckConfig: { globalGqlIdentifierName: ['graphql'], gqlMagicComment: 'typed document' },
};

export default config;
