import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './folder.ts';

/** What was found out about a gateway. It can be found out again: a file that is missing or broken is no error. */
export interface Facts {
  /** Which of the dialect's status calls it has, by name. */
  statusCall?: string;
  /** How many requests a minute it allows the account, by its own headers. */
  limit?: number;
}

export interface GatewayFacts {
  get(): Facts;
  set(facts: Facts): void;
}

/** Facts that are forgotten with the process. */
export function volatileFacts(): GatewayFacts {
  let known: Facts = {};
  return {
    get: () => known,
    set(facts) {
      known = { ...known, ...facts };
    },
  };
}

/** Facts about what is called `name`, a base URL or an account, kept in one file for all. */
export function gatewayFacts(folder: string, name: string): GatewayFacts {
  const path = join(folder, 'gateways.json');
  let known: Facts | undefined;

  function readAll(): Record<string, Facts> {
    try {
      const all = JSON.parse(readFileSync(path, 'utf8')) as unknown;
      return typeof all === 'object' && all !== null ? (all as Record<string, Facts>) : {};
    } catch {
      return {};
    }
  }

  function read(): Facts {
    const { statusCall, limit } = readAll()[name] ?? {};
    return {
      ...(typeof statusCall === 'string' && { statusCall }),
      ...(typeof limit === 'number' && limit > 0 && { limit }),
    };
  }

  return {
    get() {
      known ??= read();
      return known;
    },
    set(facts) {
      known = { ...this.get(), ...facts };
      const draft = `${path}.${process.pid}`;
      try {
        makeFolder(folder);
        writeFileSync(draft, JSON.stringify({ ...readAll(), [name]: known }), { mode: 0o600 });
        if (process.platform !== 'win32') chmodSync(draft, 0o600);
        renameSync(draft, path);
      } catch {
        // It is found out again next time.
      }
    },
  };
}
