import { validateCallbackUrl, type WebhookShape } from '../../message/webhook.ts';
import { type Answer, refuse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import { neededText, text } from '../fields.ts';
import { longestTimelineMs } from '../timeline.ts';
import type { Registration, Wanted } from './webhook-state.ts';

const none = 'No webhook is configured';

/** What the state needs to know of a registration that is made now. */
export function wanted(url: string, shape: WebhookShape, { now, speed }: Omit<SandboxDeps, 'state'>): Wanted {
  const at = now();
  return { url, shape, at, alive: at - longestTimelineMs(speed) };
}

/**
 * Registers in the words of the vendor's channel guide, `{url, method?}`: in place of any other.
 * @throws Refusal 400
 */
export function registerInPlace(call: SandboxCall, tools: SandboxDeps): Answer {
  const body = call.body();
  const url = neededText(body, 'url');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    refuse(400, 'url is not an http or https address');
  const method = text(body, 'method') ?? 'POST';
  if (method !== 'POST') refuse(400, 'method must be POST');
  tools.state.webhook.register(wanted(url, 'partner', tools));
  return { status: 201, body: { url, method } };
}

/** Registers in the words of the platform's reference, `{callbackUrl}`. @throws Refusal 400, 409 */
export function register(call: SandboxCall, tools: SandboxDeps): Answer {
  const made = tools.state.webhook.registerFirst(wanted(callbackUrl(call), 'platform', tools));
  if (made === undefined)
    refuse(409, 'A webhook is configured already: change it with PUT, or delete it first');
  return { status: 201, body: shown(made) };
}

/** The registration, whichever way it was made. @throws Refusal 404 */
export function showRegistration(_: SandboxCall, { state }: SandboxDeps): Answer {
  return { status: 200, body: shown(state.webhook.registration() ?? refuse(404, none)) };
}

/** Has the calls go elsewhere from now on, `{callbackUrl}`. @throws Refusal 400, 404 */
export function moveRegistration(call: SandboxCall, { state }: SandboxDeps): Answer {
  return { status: 200, body: shown(state.webhook.move(callbackUrl(call)) ?? refuse(404, none)) };
}

/** Calls under way may still arrive. @throws Refusal 404 */
export function unregister(_: SandboxCall, { state }: SandboxDeps): Answer {
  if (!state.webhook.unregister()) refuse(404, none);
  return { status: 204, body: undefined };
}

function callbackUrl(call: SandboxCall): string {
  const url = neededText(call.body(), 'callbackUrl');
  const fault = validateCallbackUrl(url);
  return fault === null ? url : refuse(400, `callbackUrl ${fault}`);
}

function shown({ id, url, createdAt }: Registration) {
  return { id, callbackUrl: url, status: 'ACTIVE', createdAt: new Date(createdAt).toISOString() };
}
