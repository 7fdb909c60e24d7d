import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from './private-file.ts';

/** The findings about a gateway. They can be found out again: a file that is missing or broken is no error. */
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
      try {
        writePrivateFile(path, JSON.stringify({ ...readAll(), [name]: known }));
      } catch {
        // It is found out again next time.
      }
    },
  };
}
