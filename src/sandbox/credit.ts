import type { SandboxResponse } from './answer.ts';
import type { SandboxCall, SandboxDeps } from './deps.ts';

/** Returns the balance in the form of the SMS service. */
export function getSmsCredit(_: SandboxCall, deps: SandboxDeps): SandboxResponse {
  const { credit } = readCredit(deps);
  return { status: 200, body: { credit } };
}

/** Returns the balance in the form of the platform: `frozenCredit` is reserved for scheduled messages. */
export function getSubscriptionCredit(_: SandboxCall, deps: SandboxDeps): SandboxResponse {
  return { status: 200, body: readCredit(deps) };
}

/** Returns the balance in EUR. */
function readCredit({ state, now }: SandboxDeps) {
  const { available, frozen } = state.account.balance(now());
  const left = Math.max(0, available);
  return { credit: (left + frozen) / 100, frozenCredit: frozen / 100, availableCredit: left / 100 };
}
