import type { StatusCall } from '../dialect.ts';
import { judgeCall, type Probe, unknownId } from '../probe.ts';
import { findStatusList, statusCalls } from './status.ts';
import { findNoRegistration, findUrl, type RegistrationForm, webhookPaths } from './webhooks.ts';

/** Returns a probe for one of the status calls, which answer with an empty list for an unknown id. */
export function probeStatus(name: StatusCall['name']): Probe {
  const call = statusCalls.find((one) => one.name === name) as StatusCall;
  return {
    path: call.path([unknownId], 'sms'),
    judge: (response) => judgeCall(response, (json) => findStatusList(json) !== undefined),
  };
}

/** Returns a probe for the registration of the webhook in this form. */
export function probeWebhook(form: RegistrationForm): Probe {
  return {
    path: webhookPaths[form],
    judge(response) {
      // A 404 in words about the webhook is an answer of the call, and one without words may be either.
      const none = response.status === 404 ? findNoRegistration(response) : undefined;
      if (none === 'stated') return 'present';
      if (none === 'implied' && form === 'platform') return 'unclear';
      return judgeCall(response, (json) => findUrl(json) !== undefined);
    },
  };
}
