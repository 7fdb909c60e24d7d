import type { SandboxDeps } from '../deps.ts';
import { planDeliveries } from './delivery-plan.ts';
import { maxConcurrentCalls, openDispatcher, type WebhookDispatcher } from './dispatcher.ts';
import { openWebhookClient } from './http.ts';
import type { Subject, WebhookProgress } from './progress-state.ts';
import type { Registration } from './webhook-state.ts';

/** Milliseconds between polls of the state: while a webhook is registered, and while none is. */
const pollIntervalsMs = { busy: 25, idle: 100 } as const;

/** Subjects of each kind read in one poll. */
const maxSubjectsPerPoll = 1000;

/** Calls the registered webhook until it is closed. */
export interface Emitter {
  close(): void;
}

/**
 * Starts calling the registered webhook. Of all processes on one state file, one does so at a time; another continues
 * where it ended. A call in flight when a process died is repeated. `shape` overrides the shape of the registration.
 */
export function startEmitter(deps: SandboxDeps, shape: string | undefined): Emitter {
  const { webhook, progress } = deps.state;
  const client = openWebhookClient(maxConcurrentCalls);
  let current: { registration: Registration; dispatcher: WebhookDispatcher } | undefined;
  let releaseLease: (() => void) | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  async function poll(): Promise<void> {
    let delayMs: number = pollIntervalsMs.idle;
    try {
      if (await holdsLease()) delayMs = dispatchNew();
    } catch {
      // A full disk, or a state that another process locked for too long: what was not saved is repeated.
    }
    if (!closed) timer = setTimeout(poll, delayMs).unref();
  }

  async function holdsLease(): Promise<boolean> {
    if (webhook.registration() === undefined) return reset();
    if (releaseLease) return true;
    const release = await progress.acquireLease();
    if (closed) release?.();
    else releaseLease = release;
    return releaseLease !== undefined;
  }

  /** Dispatches new calls; returns the milliseconds until the next poll. */
  function dispatchNew(): number {
    const registration = webhook.registration();
    if (registration?.id !== current?.registration.id) reset();
    if (registration === undefined) return pollIntervalsMs.idle;
    current ??= startRegistration(registration);
    current.dispatcher.url = registration.url;
    const subjects = progress.listUnseen(maxSubjectsPerPoll);
    const done = current.dispatcher.takeProgress();
    if (subjects.length + done.length > 0)
      progress.save(registration.id, subjects, [...subjects.map(startProgress), ...done]);
    // Only after they are saved as seen: otherwise they would be dispatched again.
    addJobs(subjects, current);
    current.dispatcher.dispatchDue();
    return subjects.length < maxSubjectsPerPoll ? pollIntervalsMs.busy : 0;
  }

  function startRegistration(registration: Registration) {
    const fresh = { registration, dispatcher: openDispatcher(registration.url, client, deps) };
    addJobs(progress.listUnfinished(), fresh);
    return fresh;
  }

  function addJobs(
    added: readonly Subject[],
    { registration, dispatcher }: NonNullable<typeof current>,
  ): void {
    const { shapes, oldest } = deps.dialects;
    // A state file may name a shape that this version does not have.
    const used = shapes[shape ?? registration.shape] ?? shapes[oldest.defaultShape];
    if (used === undefined) return;
    for (const subject of added) dispatcher.add(planDeliveries(subject, used, registration, deps));
  }

  function reset(): false {
    current?.dispatcher.stop();
    current = undefined;
    return false;
  }

  void poll();
  return {
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      client.close();
      try {
        if (current) progress.save(current.registration.id, [], current.dispatcher.takeProgress());
      } catch {
        // Then the calls are repeated.
      }
      reset();
      releaseLease?.();
    },
  };
}

function startProgress({ kind, n }: Subject): WebhookProgress {
  return { kind, n, stepsDone: 0 };
}
