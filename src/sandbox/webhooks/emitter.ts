import type { WebhookShape } from '../../message/webhook.ts';
import type { SandboxDeps } from '../deps.ts';
import { planDeliveries } from './delivery-plan.ts';
import { mostCalls, openDispatcher, type WebhookDispatcher } from './dispatcher.ts';
import { openWebhookClient } from './http.ts';
import type { Subject, WebhookProgress } from './progress-state.ts';
import type { Registration } from './webhook-state.ts';

/** Milliseconds between two looks at the state: while somebody is to be told, and while nobody is. */
const look = { busy: 25, idle: 100 } as const;

/** Subjects of a kind taken from the state in one look. */
const batch = 1000;

/** Tells the registered URL what happens, until it is closed. */
export interface Emitter {
  close(): void;
}

/**
 * Starts telling. Of all processes that would on one state, one does at a time; another goes on where it ended.
 * A call that was under way when a process died is made again. `shape` goes before that of the registration.
 */
export function startEmitter(tools: SandboxDeps, shape: WebhookShape | undefined): Emitter {
  const { webhook, telling } = tools.state;
  const calls = openWebhookClient(mostCalls);
  let current: { registration: Registration; teller: WebhookDispatcher } | undefined;
  let giveBack: (() => void) | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  async function turn(): Promise<void> {
    let pause: number = look.idle;
    try {
      if (await hasTurn()) pause = tellWhatIsNew();
    } catch {
      // A full disk, or a state that others kept too long: what was not kept is told once more.
    }
    if (!closed) timer = setTimeout(turn, pause).unref();
  }

  async function hasTurn(): Promise<boolean> {
    if (webhook.registration() === undefined) return forget();
    if (giveBack) return true;
    const given = await telling.turn();
    if (closed) given?.();
    else giveBack = given;
    return giveBack !== undefined;
  }

  /** Returns how long to wait until the next look. */
  function tellWhatIsNew(): number {
    const registration = webhook.registration();
    if (registration?.id !== current?.registration.id) forget();
    if (registration === undefined) return look.idle;
    current ??= begun(registration);
    current.teller.url = registration.url;
    const seen = telling.unseen(batch);
    const progress = current.teller.progress();
    if (seen.length + progress.length > 0)
      telling.keep(registration.id, seen, [...seen.map(untold), ...progress]);
    // Only what is kept as seen: it would come again.
    begin(seen, current);
    current.teller.goOn();
    return seen.length < batch ? look.busy : 0;
  }

  function begun(registration: Registration) {
    const fresh = { registration, teller: openDispatcher(registration.url, calls, tools) };
    begin(telling.open(), fresh);
    return fresh;
  }

  function begin(subjects: readonly Subject[], { registration, teller }: NonNullable<typeof current>): void {
    for (const subject of subjects)
      teller.begin(planDeliveries(subject, shape ?? registration.shape, registration, tools));
  }

  function forget(): false {
    current?.teller.stop();
    current = undefined;
    return false;
  }

  void turn();
  return {
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      calls.close();
      try {
        if (current) telling.keep(current.registration.id, [], current.teller.progress());
      } catch {
        // Then it is told once more.
      }
      forget();
      giveBack?.();
    },
  };
}

function untold({ kind, n }: Subject): WebhookProgress {
  return { kind, n, told: 0 };
}
