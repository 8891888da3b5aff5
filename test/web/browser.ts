/** Lends Debian's Chromium, which sees this machine and nothing else, and remembers what went wrong in it. */
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Every address the page and its workers asked for. */
  readonly asked: readonly string[];
  /** Errors of scripts, of the network and of the security policy. */
  readonly complaints: readonly string[];
}

export async function visit(url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const asked: string[] = [];
  const complaints: string[] = [];
  context.on('request', (request) => asked.push(request.url()));
  context.on('weberror', (error) => complaints.push(error.error().message));
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const page = await context.newPage();
  await page.goto(url);
  return { page, asked, complaints, [Symbol.asyncDispose]: () => browser.close() };
}

/** Hosts other than the page's own; what a page makes itself (`data:`, `blob:`) has none. */
export const otherHosts = (asked: readonly string[], own: string): string[] =>
  asked.filter((address) => !address.startsWith(`${own}/`) && !/^(data|blob):/.test(address));

/** Expects of what the page shows, however long a busy machine takes to draw it. */
export const eventually = <T>(look: () => Promise<T>, message?: string) =>
  expect.poll(look, { timeout: 30_000, message });

/** Opens GraphiQL and waits for both of its editors: until they stand it takes keys and does nothing. */
export async function visitGraphiql(url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const visitor = await visit(`${url}/graphql`, options);
  for (const editor of [queryEditor(visitor.page), visitor.page.locator('.graphiql-response .monaco-editor')]) {
    await editor.waitFor();
  }
  return visitor;
}

export const queryEditor = (page: Page) =>
  page.getByRole('region', { name: 'Operation Editor' }).locator('.monaco-editor');
