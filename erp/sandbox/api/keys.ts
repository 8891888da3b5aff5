/**
 * Keys in addresses: the parts joined by `:`, keys by `,`, each part percent-encoded once, since it may hold either.
 * As a query's value the whole is encoded once more, as any value is.
 */
import { badRequest } from './http.ts';
import type { Resource } from './resources.ts';

export function parseKey(text: string, { name, key }: Resource): string[] {
  const parts = text.split(':').map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw badRequest(`"${part}" is not percent-encoded as a part of a key must be.`);
    }
  });
  if (parts.length === key.length) return parts;
  const form = key.map((column) => `<${column.name.replaceAll('"', '')}>`).join(':');
  throw badRequest(`"${text}" is no key of ${name}: it must look like ${form}.`);
}

export const parseKeys = (text: string, resource: Resource): string[][] =>
  text
    .split(',')
    .filter((one) => one !== '')
    .map((one) => parseKey(one, resource));
