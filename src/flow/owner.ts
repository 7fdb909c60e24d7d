import { hostname } from 'node:os';

/** A name for this process that another one can look up. */
export function ownName(): string {
  return `${hostname()}/${process.pid}`;
}

/** Whether the process of that name is running. A number given out anew only makes one wait longer than needed. */
export function isAtWork(owner: string): boolean {
  if (owner === ownName()) return true;
  const [host, pid] = owner.split('/');
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM';
  }
}
