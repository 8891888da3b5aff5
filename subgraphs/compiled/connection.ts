/** The page of a list as its connection says it: nodes, edges, page info and count, over the same rows. */
import type { PageWishes, TextRow, TreePage } from '../../replica/read.ts';
import { connectionType, edgeType } from '../../schema/names.ts';
import { type Collected, type Conditions, collect, type Fragments } from '../selection.ts';
import { type Complete, type Fault, listCompleter, rowCompleter, underKey } from './complete.ts';
import { NotCompiled, type RowRequest, type RowShape } from './shape.ts';

type EdgeOutput =
  | { readonly key: string; readonly kind: 'constant'; readonly value: string }
  | { readonly key: string; readonly kind: 'cursor' }
  | { readonly key: string; readonly kind: 'node'; readonly row: RowShape };

type ConnectionOutput =
  | { readonly key: string; readonly kind: 'constant'; readonly value: string }
  | { readonly key: string; readonly kind: 'totalCount' }
  | { readonly key: string; readonly kind: 'nodes'; readonly row: RowShape }
  | { readonly key: string; readonly kind: 'edges'; readonly outputs: readonly EdgeOutput[] }
  | { readonly key: string; readonly kind: 'pageInfo'; readonly keys: readonly (readonly [string, string])[] };

export interface ConnectionShape {
  readonly outputs: readonly ConnectionOutput[];
  readonly wishes: PageWishes;
}

export function connectionShape(
  type: string,
  { selections }: Collected,
  request: RowRequest,
  fragments: Fragments,
  conditions: Conditions,
): ConnectionShape {
  const fieldsOf = (collected: Pick<Collected, 'selections'>) => collect(collected.selections, fragments, conditions);
  const wishes = { cursors: false, totalCount: false };

  const edge = (collected: Collected): EdgeOutput => {
    const { key } = collected;
    switch (collected.field.name.value) {
      case '__typename':
        return { key, kind: 'constant', value: edgeType(type) };
      case 'cursor':
        wishes.cursors = true;
        return { key, kind: 'cursor' };
      case 'node':
        return { key, kind: 'node', row: request.shape(collected) };
      default:
        throw new NotCompiled(`${edgeType(type)}.${collected.field.name.value} is not known to the compiler.`);
    }
  };

  const output = (collected: Collected): ConnectionOutput => {
    const { key } = collected;
    switch (collected.field.name.value) {
      case '__typename':
        return { key, kind: 'constant', value: connectionType(type) };
      case 'totalCount':
        wishes.totalCount = true;
        return { key, kind: 'totalCount' };
      case 'nodes':
        return { key, kind: 'nodes', row: request.shape(collected) };
      case 'edges':
        return { key, kind: 'edges', outputs: fieldsOf(collected).map(edge) };
      case 'pageInfo': {
        const keys = fieldsOf(collected).map(({ key, field }) => [key, field.name.value] as const);
        wishes.cursors ||= keys.some(([, name]) => name.endsWith('Cursor'));
        return { key, kind: 'pageInfo', keys };
      }
      default:
        throw new NotCompiled(`${connectionType(type)}.${collected.field.name.value} is not known to the compiler.`);
    }
  };
  return { outputs: fieldsOf({ selections }).map(output), wishes };
}

type Columns = TreePage['columns'];
type CompletePage = (page: TreePage, faults: Fault[]) => unknown;

/** Made once for the columns, run for each page. */
export function pageCompleter({ outputs }: ConnectionShape, columns: Columns): CompletePage {
  const completers = outputs.map((output) => ({ key: output.key, complete: completerOf(output, columns) }));
  return (page, faults) => {
    const answer: Record<string, unknown> = {};
    for (const { key, complete } of completers) answer[key] = complete(page, faults);
    return answer;
  };
}

function completerOf(output: ConnectionOutput, columns: Columns): CompletePage {
  switch (output.kind) {
    case 'constant':
      return () => output.value;
    case 'totalCount':
      return ({ totalCount }) => totalCount;
    case 'pageInfo':
      return (page) => Object.fromEntries(output.keys.map(([key, name]) => [key, pageInfo(name, page)]));
    case 'nodes': {
      const nodes = underKey(output.key, listCompleter(rowCompleter(output.row, columns), true));
      return ({ rows }, faults) => nodes(rows, faults);
    }
    case 'edges': {
      const edge = output.outputs.map((one) => ({ key: one.key, complete: edgePart(one, columns) }));
      return (page, faults) => {
        const complete: Complete = (texts, within) =>
          Object.fromEntries(edge.map(({ key, complete }) => [key, complete(texts, page, within)]));
        return underKey(output.key, listCompleter(complete, false))(page.rows, faults);
      };
    }
  }
}

function edgePart(output: EdgeOutput, columns: Columns): (texts: TextRow, page: TreePage, faults: Fault[]) => unknown {
  switch (output.kind) {
    case 'constant':
      return () => output.value;
    case 'cursor':
      return (texts, page) => page.cursor(texts);
    case 'node': {
      const complete = underKey(output.key, rowCompleter(output.row, columns));
      return (texts, _page, faults) => complete(texts, faults);
    }
  }
}

function pageInfo(field: string, { rows, cursor, hasNextPage, hasPreviousPage }: TreePage): unknown {
  const [first, last] = [rows.at(0), rows.at(-1)];
  switch (field) {
    case 'hasNextPage':
      return hasNextPage;
    case 'hasPreviousPage':
      return hasPreviousPage;
    case 'startCursor':
      return first ? cursor(first) : null;
    case 'endCursor':
      return last ? cursor(last) : null;
    default:
      return 'PageInfo';
  }
}
