import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema, Kind, parse, validate } from 'graphql';
import { expect, test } from 'vitest';

const folder = new URL('../../schema/examples/', import.meta.url);
const api = buildSchema(readFileSync(new URL('../../schema/api.graphql', import.meta.url), 'utf8'));
const examples = readdirSync(folder).map((file) => ({ file, text: readFileSync(new URL(file, folder), 'utf8') }));

test.each(examples)('the example $file is a valid document', ({ text }) => {
  expect(validate(api, parse(text)).map((error) => error.message)).toEqual([]);
});

test.each(examples)('the example $file says what it shows, and where its variables come from', ({ text }) => {
  expect(text).toMatch(/^# \w.*[.?]$/m);
  const lists = Object.keys(api.getQueryType()?.getFields() ?? {}).filter((field) => field.endsWith('s'));
  for (const definition of parse(text).definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const { variable } of definition.variableDefinitions ?? []) {
      const source = new RegExp(`^# ${variable.name.value} from: (\\w+)$`, 'm').exec(text)?.[1];
      expect(lists).toContain(source);
    }
  }
});

test('every query field has an example, named for it', () => {
  const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const fields = Object.keys(api.getQueryType()?.getFields() ?? {});
  expect(fields.filter((field) => !examples.some(({ file }) => file === `${kebab(field)}.graphql`))).toEqual([]);
});
