import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from './private-file.ts';

/** Facts about a gateway or account. They can be found out again, so a missing or broken file is no error. */
export interface AccountFacts {
  /** Name of the dialect's status call that the gateway answers. */
  statusCall?: string;
  /** True once it listed a message that was asked for; an empty list alone may also come from a call that ignores the ids. */
  hasListed?: boolean;
  /** Requests a minute that the gateway allows the account, from its headers. */
  limit?: number;
}

export interface GatewayFacts {
  get(): AccountFacts;
  set(facts: AccountFacts): void;
}

/** Creates facts that are forgotten with the process. */
export function createVolatileFacts(): GatewayFacts {
  let known: AccountFacts = {};
  return {
    get: () => known,
    set(facts) {
      known = { ...known, ...facts };
    },
  };
}

/** Opens the facts about `name`, a base URL or an account, in one file for all names. */
export function openGatewayFacts(folder: string, name: string): GatewayFacts {
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
    const { statusCall, hasListed, limit } = readAll()[name] ?? {};
    return {
      ...(typeof statusCall === 'string' && { statusCall }),
      ...(typeof hasListed === 'boolean' && { hasListed }),
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
        // The fact is found out again next time.
      }
    },
  };
}
