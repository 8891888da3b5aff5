/** Roles by name, and how one that cannot go on ends. */
import { FaultCode, OperatorFault } from './errors.ts';
import type { Log } from './log.ts';
import type { Shutdown } from './shutdown.ts';

/** The exit code of a process that a person must help: starting it again would not. */
export const FAULT_EXIT_CODE = 78;

export type Role = (args: readonly string[]) => Promise<unknown>;

/** The role of this name, or `all` where none is given. */
export function roleOf(roles: Readonly<Record<string, Role>>, name = 'all'): Role {
  const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
  return (
    role ??
    (async () => {
      const names = Object.keys(roles).join(', ');
      throw new OperatorFault(FaultCode.Configuration, `"${name}" is no role of Skiff.`, `The roles are ${names}.`);
    })
  );
}

/** Says what is wrong and what to do, for a person, and ends. Anything else than a fault is a bug: logged whole. */
export async function failed(error: unknown, log: Log, shutdown: Shutdown): Promise<never> {
  // What is being stopped may complain of it.
  if (shutdown.signal.aborted) return shutdown.end(1);
  if (!(error instanceof OperatorFault)) {
    log.fatal({ err: error }, 'Stopping after an unexpected error');
    return shutdown.end(1);
  }
  process.stderr.write(`\n${error.code}: ${error.message}\n  → ${error.remedy}\n`);
  return shutdown.end(FAULT_EXIT_CODE);
}
