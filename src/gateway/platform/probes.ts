import { type DialectProbes, judgeCall } from '../probe.ts';
import { probeStatus, probeWebhook } from '../vendor/probes.ts';
import { findNumberEntries, numbersPath } from './numbers.ts';

/** The paths of this generation have a prefix, and only it lists WhatsApp numbers. */
export const probes: DialectProbes = [
  probeStatus('ids'),
  {
    path: `${numbersPath}?limit=1&page=0`,
    judge: (response) => judgeCall(response, (json) => findNumberEntries(json) !== undefined),
  },
  probeWebhook('platform'),
];
