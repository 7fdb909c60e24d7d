import { validateCallbackUrl } from '../../message/webhook.ts';
import { refuse, type SandboxResponse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import { readText, requireText } from '../fields.ts';
import { maxTimelineMs } from '../timeline.ts';
import type { NewRegistration, Registration } from './webhook-state.ts';

const noWebhookMessage = 'No webhook is configured';

/** Builds a registration made now. */
export function newRegistration(
  url: string,
  shape: string,
  { now, speed }: Pick<SandboxDeps, 'now' | 'speed'>,
): NewRegistration {
  const at = now();
  return { url, shape, at, alive: at - maxTimelineMs(speed) };
}

/**
 * Registers a URL in the form of the vendor's channel guide, `{url, method?}`, replacing any other. The guide to the
 * platform prints the same path, with the body of the reference.
 * @throws HttpError 400
 */
export function registerInPlace(call: SandboxCall, deps: SandboxDeps): SandboxResponse {
  const body = call.body();
  const isGuide = body.url === undefined && body.callbackUrl !== undefined;
  if (isGuide && deps.dialects.strict === undefined) {
    const made = deps.state.webhook.register(newRegistration(readCallbackUrl(call), 'guide', deps));
    return { status: 201, body: renderRegistration(made) };
  }
  const url = requireText(body, 'url');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    refuse(400, 'url is not an http or https address');
  const method = readText(body, 'method') ?? 'POST';
  if (method !== 'POST') refuse(400, 'method must be POST');
  deps.state.webhook.register(newRegistration(url, 'partner', deps));
  return { status: 201, body: { url, method } };
}

/** Registers a URL in the form of the platform's reference, `{callbackUrl}`. @throws HttpError 400, 409 */
export function register(call: SandboxCall, deps: SandboxDeps): SandboxResponse {
  const created = deps.state.webhook.registerFirst(newRegistration(readCallbackUrl(call), 'platform', deps));
  if (created === undefined)
    refuse(409, 'A webhook is configured already: change it with PUT, or delete it first');
  return { status: 201, body: renderRegistration(created) };
}

/** Returns the registration, in whichever form it was made. @throws HttpError 404 */
export function showRegistration(_: SandboxCall, { state }: SandboxDeps): SandboxResponse {
  return {
    status: 200,
    body: renderRegistration(state.webhook.registration() ?? refuse(404, noWebhookMessage)),
  };
}

/** Changes the URL for future calls, `{callbackUrl}`. @throws HttpError 400, 404 */
export function moveRegistration(call: SandboxCall, { state }: SandboxDeps): SandboxResponse {
  return {
    status: 200,
    body: renderRegistration(state.webhook.move(readCallbackUrl(call)) ?? refuse(404, noWebhookMessage)),
  };
}

/** Removes the registration. Calls in flight may still arrive. @throws HttpError 404 */
export function unregister(_: SandboxCall, { state }: SandboxDeps): SandboxResponse {
  if (!state.webhook.unregister()) refuse(404, noWebhookMessage);
  return { status: 204, body: undefined };
}

function readCallbackUrl(call: SandboxCall): string {
  const url = requireText(call.body(), 'callbackUrl');
  const fault = validateCallbackUrl(url);
  return fault === null ? url : refuse(400, `callbackUrl ${fault}`);
}

function renderRegistration({ id, url, createdAt }: Registration) {
  return { id, callbackUrl: url, status: 'ACTIVE', createdAt: new Date(createdAt).toISOString() };
}
