import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from './private-file.ts';

/** The findings about a gateway. They can be found out again: a file that is missing or broken is no error. */
export interface AccountFacts {
  /** Which of the dialect's status calls it has, by name. */
  statusCall?: string;
  /** How many requests a minute it allows the account, by its own headers. */
  limit?: number;
}

export interface GatewayFacts {
  get(): AccountFacts;
  set(facts: AccountFacts): void;
}

/** Facts that are forgotten with the process. */
export function volatileFacts(): GatewayFacts {
  let known: AccountFacts = {};
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
  let known: AccountFacts | undefined;

  function readAll(): Record<string, AccountFacts> {
    try {
      const all = JSON.parse(readFileSync(path, 'utf8')) as unknown;
      return typeof all === 'object' && all !== null ? (all as Record<string, AccountFacts>) : {};
    } catch {
      return {};
    }
  }

  function read(): AccountFacts {
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
      try {
        writePrivateFile(path, JSON.stringify({ ...readAll(), [name]: known }));
      } catch {
        // It is found out again next time.
      }
    },
  };
}
