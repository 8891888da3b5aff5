/**
 * The API that clients of main have, to compare the working tree's with.
 *
 *     on a branch             where it left main: what main has got since is none of its doing
 *     on main itself          the commit before; with changes not yet committed, the last one
 *     without history         nothing: a shallow clone, an archive. That is said, and is no failure
 */
import { execFileSync } from 'node:child_process';

export type Baseline =
  | { readonly commit: string; readonly api: string }
  | { readonly commit: null; readonly reason: string };

const FILE = 'schema/api.graphql';

/** `folder` is the repository's root. */
export function apiBaseline(folder: string): Baseline {
  const git = (...args: readonly string[]): string | undefined => {
    try {
      return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    } catch {
      return undefined; // no such commit, no repository, no git
    }
  };
  const commitOf = (name: string) => git('rev-parse', '--verify', '--quiet', `${name}^{commit}`)?.trim();

  const head = commitOf('HEAD');
  if (!head) return { commit: null, reason: 'there is no git history' };
  const main = commitOf('refs/remotes/origin/main') ?? commitOf('refs/heads/main');
  const left = main && git('merge-base', main, head)?.trim();
  if (main && !left) return { commit: null, reason: 'the history does not reach back to main' };
  const isChanged = git('diff', '--quiet', 'HEAD', '--', FILE) === undefined;
  const commit = left && left !== head ? left : isChanged ? head : commitOf('HEAD~1');
  if (!commit) return { commit: null, reason: 'the history ends here' };
  const api = git('show', `${commit}:${FILE}`);
  if (api === undefined) return { commit: null, reason: `${commit.slice(0, 9)} has no ${FILE}` };
  return { commit, api };
}
