import type { ChannelName } from '../../message/channels/channel.ts';
import type { Accepted } from '../accepted.ts';
import { describeStep, describeUnsent } from '../status-body.ts';
import type { TimelineStep } from '../timeline.ts';

/**
 * Renders the status on one channel in the documented fields only; undefined for a channel that was not used, as the
 * reference says of the wrong channel. A message without any step is on the first channel of its chain.
 */
export function renderChannelStatus(
  message: Accepted,
  steps: readonly TimelineStep[],
  channel: ChannelName | undefined,
): object | undefined {
  const last = steps.findLast((step) => step.channel === channel);
  const isUnsent = steps.length === 0 && message.chain[0]?.channel === channel;
  if (last === undefined && !isUnsent) return undefined;
  const status = last ? describeStep(last) : describeUnsent(message);
  return { customerMessageId: message.customerMessageId, ...status };
}
