/**
 * A subgraph made of flat types: its executable schema, from its SDL and the types' declarations alone.
 *
 *     delayedShipment(id)      ─► loader by id
 *     delayedShipments(…)      ─► one page; its rows are then known to the loader
 *     @ref(by: "orderId")      ─► loader by id, so that a row that is not there is null, its key alone included
 *     @refs(by: "orderId")     ─► loader by parent
 *     __resolveReference       ─► loader by id: found as loaded, when the reference was checked before
 */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';
import type { FlatSchema } from '../replica/flat-type.ts';
import type { FlatRow, Page, PageArguments } from '../replica/read.ts';
import { connectionType, rootFields } from '../schema/names.ts';
import type { SubgraphContext } from './context.ts';
import { scalars } from './scalars.ts';

type Resolver<Source, Args> = (source: Source, args: Args, context: SubgraphContext) => unknown;
/** Federation hands it a reference where a resolver gets source and arguments. */
type ReferenceResolver = (reference: { readonly id: string }, context: SubgraphContext) => unknown;

interface Connection {
  readonly page: Page;
  readonly args: PageArguments;
  readonly nodes: readonly FlatRow[];
}

export function flatSubgraph(name: string, sdl: string, flat: FlatSchema): GraphQLSchema {
  const resolvers: Record<string, Record<string, Resolver<never, never> | ReferenceResolver>> = {};
  const resolve = <Source, Args>(type: string, field: string, resolver: Resolver<Source, Args>): void => {
    resolvers[type] = { ...resolvers[type], [field]: resolver };
  };
  const resolveReference = (type: string, __resolveReference: ReferenceResolver): void => {
    resolvers[type] = { ...resolvers[type], __resolveReference };
  };

  for (const { name: type } of flat.types.filter(({ subgraph }) => subgraph === name)) {
    const { one, many } = rootFields(type);
    resolve('Query', one, (_root: unknown, { id }: { id: string }, context) => context.load(type, id));
    resolve('Query', many, (_root: unknown, args: PageArguments, context) => connection(type, args, context));
    resolveReference(type, ({ id }, context) => context.load(type, id));
    resolve(connectionType(type), 'edges', ({ page }: Connection, _args, context) =>
      page.rows.map((node) => ({ node, cursor: context.cursor(type, page, node) })),
    );
    resolve(connectionType(type), 'pageInfo', ({ page }: Connection, _args, context) => pageInfo(type, page, context));
    resolve(connectionType(type), 'totalCount', ({ args }: Connection, _args, context) =>
      context.count(type, args.filter ?? {}),
    );
  }

  for (const { subgraph, from, name: field, to, cardinality, by } of flat.references) {
    if (subgraph !== name) continue;
    if (cardinality === 'many') {
      resolve(from, field, ({ id }: FlatRow, _args, context) => context.children(to, by, id));
    } else {
      resolve(from, field, (row: FlatRow, _args, context) => {
        const id = row[by];
        return id === null || id === undefined ? null : context.load(to, String(id));
      });
    }
  }
  return buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: { ...scalars, ...resolvers } }]);
}

async function connection(type: string, args: PageArguments, context: SubgraphContext): Promise<Connection> {
  const page = await context.page(type, args);
  return { page, args, nodes: page.rows };
}

function pageInfo(type: string, page: Page, context: SubgraphContext) {
  const [first, last] = [page.rows.at(0), page.rows.at(-1)];
  return {
    hasNextPage: page.hasNextPage,
    hasPreviousPage: page.hasPreviousPage,
    startCursor: first ? context.cursor(type, page, first) : null,
    endCursor: last ? context.cursor(type, page, last) : null,
  };
}
