/** A gateway's metrics, by name and labels as they are printed. */

export type Figures = ReadonlyMap<string, number>;

/** @param url GraphQL's, with the credential of one who may see them */
export async function metricsOf(url: string): Promise<Figures> {
  const { username, password, origin } = new URL(url);
  const response = await fetch(new URL('/metrics', origin), {
    headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
  });
  const figures = new Map<string, number>();
  for (const [, name = '', value] of (await response.text()).matchAll(/^(\w+(?:\{[^}]*\})?) (\S+)$/gm)) {
    figures.set(name, Number(value));
  }
  return figures;
}

/** What became of finished answers, by event. */
export async function eventsOf(url: string): Promise<Figures> {
  const events = new Map<string, number>();
  for (const [name, count] of await metricsOf(url)) {
    const [, event] = /^skiff_cache_events\{cache="responses",event="(\w+)"\}$/.exec(name) ?? [];
    if (event !== undefined) events.set(event, count);
  }
  if (events.size === 0) throw new Error('The gateway does not tell of its caches');
  return events;
}
