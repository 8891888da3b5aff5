/** The documents of schema/examples, built into the page: showcases first. */
import { type Example, exampleOf } from './example.ts';

const texts = import.meta.glob<string>('../../schema/examples/*.graphql', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export const examples: readonly Example[] = Object.entries(texts)
  .map(([path, text]) => exampleOf(path.replace(/^.*\/|\.graphql$/g, ''), text))
  .sort((a, b) => Number(b.isShowcase) - Number(a.isShowcase) || a.name.localeCompare(b.name));
