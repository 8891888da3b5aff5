/** Brings the active tab into view: GraphiQL opens a new one beyond the edge when there are many. */
import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

export function ActiveTabInView() {
  const active = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.id);
  useEffect(() => {
    if (active) document.querySelector('.graphiql-tab-active')?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [active]);
  return null;
}
