/** A text with a button that copies it. */
import { type ReactNode, useEffect, useRef, useState } from 'react';

interface RecipeProps {
  readonly title: string;
  readonly text: string;
  readonly isAddress?: boolean;
  readonly children?: ReactNode;
}

const TOLD_MS = 2_000;

export function Recipe({ title, text, isAddress = false, children }: RecipeProps) {
  const block = useRef<HTMLPreElement>(null);
  const [told, setTold] = useState('');
  useEffect(() => {
    if (told === '') return;
    const timer = setTimeout(setTold, TOLD_MS, '');
    return () => clearTimeout(timer);
  }, [told]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setTold('Copied');
    } catch {
      // There is no clipboard for a page that came over plain HTTP from another machine.
      if (block.current) getSelection()?.selectAllChildren(block.current);
      setTold('Selected: press Ctrl+C');
    }
  };
  return (
    <section className="recipe" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <output>{told}</output>
        <button type="button" aria-label={`Copy ${title}`} onClick={copy}>
          Copy
        </button>
      </header>
      {children && <p>{children}</p>}
      <pre ref={block}>{isAddress ? <a href={text}>{text}</a> : <code>{text}</code>}</pre>
    </section>
  );
}
