/** Makes an API key for who may read everything, as an operator does it beside a Skiff that runs. */
import { runProgram } from './child-process.ts';

const main = new URL('../main.ts', import.meta.url);

/** `env` names the database. Resolves with the headers that carry the key. */
export async function readerKey(
  env: NodeJS.ProcessEnv,
  name = 'reader',
  scopes = 'read:*',
): Promise<Readonly<Record<string, string>>> {
  const args = ['keys', 'create', name, '--scopes', scopes, '--plants', '*'];
  await using keys = runProgram(main, { args, env: { SKIFF_LOG_LEVEL: 'warn', ...env } });
  const key = await keys.nextLine();
  const code = await keys.ended();
  if (key === undefined || code !== 0) throw new Error(`No key was made:\n${keys.complaints()}`);
  return { 'x-api-key': key };
}
