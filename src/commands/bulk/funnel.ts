import type { Count } from '../../message/bulk.ts';
import { channelNames } from '../../message/channel.ts';
import { isArrived, isFailed, type Status, type statuses } from '../../message/status.ts';
import type { Style } from '../../output/style.ts';

/** The order of a message's life. */
const stages: readonly Status[] = [
  'queued',
  'unknown',
  'submitted',
  'sent',
  'received',
  'delivered',
  'read',
  'undelivered',
  'expired',
  'rejected',
] satisfies typeof statuses extends readonly (infer S)[] ? readonly S[] : never;

/** How many messages stand where: a line for each stage that has any, and of which channels they are. */
export function funnel(counts: readonly Count[], style: Style): string[] {
  return stages.flatMap((status) => {
    const here = counts.filter((one) => one.status === status);
    const total = here.reduce((sum, { count }) => sum + count, 0);
    if (total === 0) return [];
    const channels = channelNames.flatMap((channel) => {
      const count = here.filter((one) => one.channel === channel).reduce((sum, { count }) => sum + count, 0);
      return count === 0 ? [] : [`${channel} ${count.toLocaleString('en')}`];
    });
    const text = `  ${status.padEnd(12)} ${total.toLocaleString('en').padStart(9)}`;
    return [`${painted(status, style)(text)}   ${style.dim(channels.join('   '))}`];
  });
}

function painted(status: Status, style: Style): (text: string) => string {
  if (isArrived(status)) return style.green;
  return isFailed(status) ? style.red : style.yellow;
}
