/** A text, with what stands between `backticks` as code. */
import { createElement } from 'react';

export function Sentence({ text }: { readonly text: string }) {
  const pieces = text.split('`').map((piece, at) => (at % 2 === 0 ? piece : createElement('code', null, piece)));
  return createElement('span', null, ...pieces);
}
