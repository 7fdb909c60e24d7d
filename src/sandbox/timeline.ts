import { type ChannelName, channelNames } from '../message/channels/channel.ts';
import type { Status } from '../message/event.ts';
import type { Variables } from '../message/placeholders.ts';
import { type AttemptOutcome, type Scenario, scenarios } from './scenarios.ts';

/** One channel of a message's chain, and what it carries. */
export interface Hop {
  channel: ChannelName;
  /** Text with all values in place; null if the channel carries a template. */
  text: string | null;
  /** Id of a template; null if the channel carries a text. */
  template: string | null;
  /** Values for the placeholders of the template. */
  variables: Variables;
  /** Reason known on acceptance why this channel cannot carry the message, or null. */
  obstacle: string | null;
}

export interface TimelineStep {
  channel: ChannelName;
  status: Extract<Status, 'sent' | 'received' | 'delivered' | 'read' | 'undelivered' | 'expired'>;
  reason: string | null;
  /** Milliseconds since 1970. */
  at: number;
}

/** Seconds until `sent`, until `received`, from delivered to read, and from a failure to the next channel. */
const stepSeconds = { sent: 0, received: 1, read: 2, next: 0.5 } as const;

/**
 * Builds the timeline of an accepted message up to `now`, in order: for a later `now` it begins with the same steps.
 * `speed` divides every duration. A simulated message has no steps, and a scheduled one none before its time.
 */
export function buildTimeline(
  message: {
    acceptedAt: number;
    /** Time at which it is sent; null or absent if that is when it was accepted. */
    scheduledAt?: number | null;
    simulation: boolean;
    chain: readonly Pick<Hop, 'channel' | 'obstacle'>[];
  },
  scenario: Scenario,
  now: number,
  speed: number,
): TimelineStep[] {
  if (message.simulation) return [];
  const beginsAt = message.scheduledAt ?? message.acceptedAt;
  const steps: TimelineStep[] = [];
  let start = 0;
  for (const { channel, obstacle } of message.chain) {
    const outcome: AttemptOutcome = obstacle
      ? { status: 'undelivered', after: 2, reason: obstacle }
      : scenario.outcomes[channel];
    const add = (status: TimelineStep['status'], seconds: number, reason: string | null = null) =>
      steps.push({
        channel,
        status,
        reason,
        at: beginsAt + Math.round(((start + seconds) * 1000) / speed),
      });
    add('sent', stepSeconds.sent);
    add('received', stepSeconds.received);
    if (outcome.status === 'delivered') {
      add('delivered', outcome.after);
      if (outcome.read) add('read', outcome.after + stepSeconds.read);
      break;
    }
    add(outcome.status, outcome.after, outcome.reason);
    start += outcome.after + stepSeconds.next;
  }
  return steps.filter((step) => step.at <= now);
}

/** Returns an upper bound for the time from the first step to the last, in milliseconds. */
export function maxTimelineMs(speed: number): number {
  const outcomes = Object.values(scenarios).flatMap((scenario) => Object.values(scenario.outcomes));
  const slowest = Math.max(...outcomes.map((outcome) => outcome.after));
  return Math.ceil((channelNames.length * (slowest + stepSeconds.read) * 1000) / speed);
}

/** Returns the latest step of each channel that was tried, in the order they were tried. */
export function latestByChannel(steps: readonly TimelineStep[]): TimelineStep[] {
  const last = new Map<ChannelName, TimelineStep>();
  for (const step of steps) last.set(step.channel, step);
  return [...last.values()];
}
