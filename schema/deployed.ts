/**
 * The schema as a deployment serves it: the whole of it, or what is left where the connector lacks read models.
 *
 *     authored SDL ─► without(missing) ─► flat types, complete subgraphs ─► supergraph, API
 */
import type { FlatSchema } from '../replica/flat-type.ts';
import { type AuthoredSchema, readAuthoredSchema } from './authored.ts';
import { type Composed, compose } from './compose.ts';
import { type CompleteSubgraph, expand } from './expand.ts';
import { flatSchemaOf } from './flat-schema.ts';
import { without } from './without.ts';

export interface DeployedSchema extends Composed {
  readonly flat: FlatSchema;
  readonly subgraphs: readonly CompleteSubgraph[];
  /** Types and fields of the full schema that this deployment does not have, to be named at start. */
  readonly leftOut: readonly string[];
  /** The API of the full schema. */
  readonly wholeApi: string;
}

export function deployedSchema(
  options: {
    /** Flat types that the connector has no read model for. */
    readonly missingTypes?: readonly string[];
    /** Subgraphs that this deployment has nothing behind: its ERP takes no commands. */
    readonly missingSubgraphs?: readonly string[];
    /** Where a subgraph answers that is a process of its own. */
    readonly urlOf?: (subgraph: string) => string;
    readonly authored?: AuthoredSchema;
  } = {},
): DeployedSchema {
  const whole = options.authored ?? readAuthoredSchema();
  const missing = options.missingSubgraphs ?? [];
  const present = { ...whole, subgraphs: whole.subgraphs.filter(({ name }) => !missing.includes(name)) };
  const { authored, leftOut } = without(present, options.missingTypes ?? []);
  const flat = flatSchemaOf(authored);
  const subgraphs = expand(authored, flat);
  const composed = compose(subgraphs, options.urlOf);
  const isWhole = leftOut.length + missing.length === 0;
  const wholeApi = isWhole ? composed.api : deployedSchema({ authored: whole }).api;
  return { flat, subgraphs, leftOut: [...leftOut, ...missing], wholeApi, ...composed };
}
