import type { Gateway } from '../../src/gateway/gateway.ts';
import type { Deps } from '../../src/services/deps.ts';
import { systemClock } from '../../src/storage/monotonic.ts';
import type { VirtualTime } from '../sim/time.ts';

/** Creates a gateway that knows no messages and accepts none; `part` overrides its methods. */
export function fakeGateway(part: Partial<Gateway> = {}): Gateway {
  return {
    send: async () => ({ kind: 'notSent', reason: 'no gateway' }),
    route: 'here',
    limit: undefined,
    status: async () => new Map(),
    prove: async () => ({ accepted: new Map(), absent: new Set(), gap: null }),
    preview: () => ({ method: '', url: '', headers: {}, body: null }),
    warmUp: async () => {},
    listChannels: ({ chain }) => chain,
    close: async () => {},
    ...part,
  };
}

/** Real clock whose sleeps do not keep the process alive. */
export const realClock: Deps['clock'] = {
  now: Date.now,
  machine: systemClock.machine,
  boot: systemClock.boot,
  monotonic: systemClock.monotonic,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds).unref()),
  checkpoint() {},
};

/** Creates a clock on virtual time. */
export function virtualClock(time: VirtualTime): Deps['clock'] {
  return {
    now: () => time.now,
    machine: 'm',
    boot: 'b',
    monotonic: () => time.now,
    sleep: (milliseconds) => time.sleep(milliseconds),
    checkpoint() {},
  };
}

/** Creates the dependencies of the services: the given ledger, and defaults for the rest. */
export function depsWith(part: Pick<Deps, 'ledger'> & Partial<Deps>): Deps {
  return {
    gateway: fakeGateway(),
    clock: realClock,
    grace: 0,
    firstSeen: new Map(),
    flags: '',
    note() {},
    ...part,
  };
}
