/**
 * The browser's storage for GraphiQL, request headers left out: they may hold a token.
 *
 * `shouldPersistHeaders={false}` sees to the tabs, but the history plugin would keep them all the same.
 */
import type { GraphiQLProps } from 'graphiql';

const OURS = 'graphiql:';
const HISTORY = ['graphiql:queries', 'graphiql:favorites'];

export const storageWithoutHeaders: NonNullable<GraphiQLProps['storage']> = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, HISTORY.includes(key) ? withoutHeaders(value) : value),
  removeItem: (key) => localStorage.removeItem(key),
  get length() {
    return ourKeys().length;
  },
  clear() {
    for (const key of ourKeys()) localStorage.removeItem(key);
  },
};

const ourKeys = () => Object.keys(localStorage).filter((key) => key.startsWith(OURS));

/** Query and variables are texts in there, so every `headers` is what it seems. */
const withoutHeaders = (history: string): string =>
  JSON.stringify(JSON.parse(history), (name, value) => (name === 'headers' ? undefined : value));
