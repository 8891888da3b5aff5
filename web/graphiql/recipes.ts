/**
 * The operation in the editor as somebody else's program would ask it: texts to copy.
 *
 * A secret never becomes part of a text that is passed on: where the visitor has a credential, the text says where
 * one's own is put.
 */
import { Kind, type OperationDefinitionNode, OperationTypeNode, stripIgnoredCharacters } from 'graphql';
import type { AskedOperation } from './asked-operation.ts';
import type { PublishedDataset } from './registered.ts';

const headersOf = ({ headers }: AskedOperation) => ({ 'content-type': 'application/json', ...headers });

const isEmpty = (record: object): boolean => Object.keys(record).length === 0;

export function asCurl(asked: AskedOperation): string {
  const body = JSON.stringify({
    query: stripIgnoredCharacters(asked.text),
    ...(isEmpty(asked.variables) ? {} : { variables: asked.variables }),
  });
  return [
    `curl ${quotedForShell(`${asked.origin}/graphql`)}`,
    ...Object.entries(headersOf(asked)).map(([name, value]) => `-H ${quotedForShell(`${name}: ${value}`)}`),
    ...shellCredential(asked),
    `--data-binary ${quotedForShell(body)}`,
  ].join(' \\\n  ');
}

export function asFetch(asked: AskedOperation): string {
  const headers = Object.entries(headersOf(asked)).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  );
  return [
    `const response = await fetch(${JSON.stringify(`${asked.origin}/graphql`)}, {`,
    `  method: 'POST',`,
    '  headers: {',
    ...headers,
    ...(asked.needsCredential ? [`    authorization: \`Bearer \${token}\`,`] : []),
    '  },',
    '  body: JSON.stringify({',
    `    query: \`\n${indented(escapedForTemplate(asked.text), 6)}\n    \`,`,
    ...(isEmpty(asked.variables) ? [] : [`    variables: ${JSON.stringify(asked.variables)},`]),
    '  }),',
    '});',
    'const { data, errors, extensions } = await response.json();',
  ].join('\n');
}

/** An address that answers: for programs that can do no more than fetch one. */
export function asDocumentUrl({ origin, variables }: AskedOperation, documentId: string): string {
  const query = new URLSearchParams({ documentId });
  if (!isEmpty(variables)) query.set('variables', JSON.stringify(variables));
  return `${origin}/graphql?${query}`;
}

/** The rows as a table. Variables that only say which page have no place in it. */
export function asDatasetUrl({ origin, variables }: AskedOperation, dataset: PublishedDataset): string {
  const query = new URLSearchParams(
    dataset.parameters.flatMap(({ name }) => [variables[name] ?? []].flat().map((value) => [name, String(value)])),
  );
  return `${origin}/data/${dataset.name}@${dataset.version}.csv${query.size > 0 ? `?${query}` : ''}`;
}

export const asDocumentCurl = (asked: AskedOperation, documentId: string): string =>
  [`curl ${quotedForShell(asDocumentUrl(asked, documentId))}`, ...shellCredential(asked)].join(' \\\n  ');

/**
 * Power Query lets nobody but an anonymous caller POST, and refreshes only what it can tell apart by host and relative
 * path: a registered document is asked by its address, with the credential that Power Query keeps.
 */
export function asPowerQuery(asked: AskedOperation, documentId: string | null): string {
  const { origin, text, variables } = asked;
  const json = JSON.stringify(variables);
  const request =
    documentId === null
      ? [
          '      [',
          '        RelativePath = "graphql",',
          '        Headers = [#"content-type" = "application/json"],',
          '        Content = Json.FromValue([',
          `          query = ${quotedForM(text)}${isEmpty(variables) ? '' : ','}`,
          ...(isEmpty(variables) ? [] : [`          variables = Json.Document(${quotedForM(json)})`]),
          '        ])',
          '      ]',
        ]
      : [
          '      [',
          '        RelativePath = "graphql",',
          `        Query = [documentId = ${quotedForM(documentId)}${isEmpty(variables) ? '' : `, variables = ${quotedForM(json)}`}]`,
          '      ]',
        ];
  return [
    'let',
    '  Answer = Json.Document(',
    '    Web.Contents(',
    `      ${quotedForM(origin)},`,
    ...request,
    '    )',
    '  ),',
    `  Rows = Table.FromRecords(List.RemoveNulls(${rowsInM(asked.operation)}), null, MissingField.UseNull)`,
    'in',
    '  Rows',
  ].join('\n');
}

/** A mutation has no address: whoever may fetch one would write. */
export const hasAddress = ({ operation }: AskedOperation): boolean => operation.operation === OperationTypeNode.QUERY;

/** The rows of the first list, or the one object as a list of one. */
function rowsInM({ selectionSet }: OperationDefinitionNode): string {
  const [first] = selectionSet.selections.filter((selection) => selection.kind === Kind.FIELD);
  if (!first) return '{Answer[data]}';
  const answer = `Answer[data][${(first.alias ?? first.name).value}]`;
  const nodes = first.selectionSet?.selections.find(
    (selection) => selection.kind === Kind.FIELD && selection.name.value === 'nodes',
  );
  return nodes?.kind === Kind.FIELD ? `${answer}[${(nodes.alias ?? nodes.name).value}]` : `{${answer}}`;
}

const shellCredential = ({ needsCredential }: AskedOperation): string[] =>
  needsCredential ? ['-H "authorization: Bearer $SKIFF_TOKEN"'] : [];

const quotedForShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const quotedForM = (text: string): string => `"${text.replaceAll('#(', '#(#)(').replaceAll('"', '""')}"`;
const escapedForTemplate = (text: string): string => text.replace(/[\\`]|\$\{/g, '\\$&');
const indented = (text: string, spaces: number): string => text.replace(/^(?=.)/gm, ' '.repeat(spaces));
