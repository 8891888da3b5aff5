/** The registry of persisted documents: what files it takes, under which ids, and what it says of bad ones. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OperatorFault } from '../../runtime/errors.ts';
import { readRegistry } from '../../schema/registry.ts';
import { type ScratchDir, scratchDir } from '../scratch-dir.ts';

const TEXT = '# Products.\n# @maxStaleness 5s\nquery Products { products { nodes { id } } }\n';
const HASH = createHash('sha256').update(TEXT).digest('hex');

let folder: ScratchDir;
beforeEach(() => {
  folder = scratchDir();
});
afterEach(() => folder[Symbol.dispose]());

const write = (file: string, content: unknown) =>
  writeFileSync(join(folder.path, file), typeof content === 'string' ? content : JSON.stringify(content));
const read = () => readRegistry([folder.path]);
const fault = (): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof OperatorFault) return error.message;
  }
  throw new Error('No fault was found');
};

test('a document written here is known by its name and by the hash of its text', () => {
  write('products.graphql', TEXT);
  expect(read()).toEqual([{ name: 'products.graphql', ids: ['products', HASH], text: TEXT, maxStalenessMs: 5_000 }]);
});

test.each([
  [
    "Apollo's manifest",
    {
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [{ id: 'abc', name: 'Products', type: 'query', body: TEXT }],
    },
    [{ name: 'client.json, Products', ids: ['abc'] }],
  ],
  ["Relay's map", { d41d8cd98f00b204e9800998ecf8427e: TEXT }, [{ ids: ['d41d8cd98f00b204e9800998ecf8427e'] }]],
  ["codegen's map", { [`sha256:${HASH}`]: TEXT }, [{ ids: [HASH] }]],
])('%s is taken as it was shipped', (_what, content, documents) => {
  write('client.json', content);
  const [found] = read();
  expect([found]).toMatchObject(documents);
  expect(found).toMatchObject({ text: TEXT, maxStalenessMs: 5_000 });
});

test('an id is not computed again: tools write a text anew after they hash it', () => {
  write('client.json', { [`sha256:${HASH}`]: 'query Products{products{nodes{id}}}' });
  expect(read()).toMatchObject([{ ids: [HASH], text: 'query Products{products{nodes{id}}}' }]);
});

test('the same document from two clients is one', () => {
  write('a.json', { [HASH]: TEXT });
  write('b.json', { [`sha256:${HASH}`]: TEXT });
  expect(read().map(({ ids }) => ids)).toEqual([[HASH], [HASH]]);
});

describe('a fault names the file, and says what is wrong:', () => {
  test.each<[string, string, unknown, RegExp]>([
    ['a file that is no JSON', 'x.json', '{', /^ {2}x\.json: .*JSON/m],
    ['a JSON of another form', 'x.json', { a: 1 }, /x\.json: is neither Apollo's manifest nor a map of id to text/],
    [
      "a manifest of Apollo's of another version",
      'x.json',
      { format: 'apollo-persisted-query-manifest', version: 2, operations: [] },
      /x\.json: is neither/,
    ],
    ['a document that does not parse', 'x.graphql', '{ products {', /x\.graphql: Syntax Error/],
    ['two operations', 'x.graphql', 'query A { a } query B { b }', /x\.graphql: has 2 operations/],
    ['no operation', 'x.graphql', 'fragment A on B { c }', /x\.graphql: has 0 operations/],
    ['a name that is no id', 'a:b.graphql', TEXT, /a:b\.graphql: the name is the id/],
    [
      'a staleness without a unit',
      'x.graphql',
      '# @maxStaleness 5\n{ a }',
      /x\.graphql: @maxStaleness "5" must look like/,
    ],
    ['a setting that is none', 'x.graphql', '# @maxstaleness 5s\n{ a }', /x\.graphql: @maxstaleness is not known/],
  ])('%s', (_what, file, content, said) => {
    write(file, content);
    expect(fault()).toMatch(said);
  });

  test('one id for two texts', () => {
    write('a.json', { same: '{ a }' });
    write('b.json', { same: '{ b }' });
    expect(fault()).toMatch(/b\.json, same: a\.json, same has its id "same" too/);
  });

  test('a folder that is not there', () => {
    expect(() => readRegistry([join(folder.path, 'nowhere')])).toThrow(/nowhere: the folder cannot be read/);
  });

  test('all of them at once', () => {
    write('a.graphql', '{');
    write('b.json', '[]');
    expect(fault()).toMatch(/a\.graphql: .*\n {2}b\.json: /);
  });
});
