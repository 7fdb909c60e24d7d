import type { DialectProbes } from '../probe.ts';
import { probeStatus, probeWebhook } from '../vendor/probes.ts';

/** The paths of this generation have no prefix. */
export const probes: DialectProbes = [probeStatus('guide'), probeWebhook('partner')];
