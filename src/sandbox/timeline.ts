import { type ChannelName, channelNames } from '../message/channels/channel.ts';
import type { Status } from '../message/event.ts';
import { type Fate, type Scenario, scenarios } from './scenarios.ts';

/** A channel of a message's chain. */
export interface Hop {
  channel: ChannelName;
  /** Why this channel cannot carry the message, known when it was accepted; null when it can. */
  obstacle: string | null;
}

export interface TimelineStep {
  channel: ChannelName;
  status: Extract<Status, 'sent' | 'received' | 'delivered' | 'read' | 'undelivered' | 'expired'>;
  reason: string | null;
  /** Milliseconds since 1970. */
  at: number;
}

/** Seconds: to `sent`, to `received`, from delivered to read, from a failure to the next channel. */
const pace = { sent: 0, received: 1, read: 2, next: 0.5 } as const;

/**
 * All that has happened to an accepted message by `now`, in order: the earlier moment's steps are always the
 * first of the later moment's. `speed` divides every duration. A simulated message has no life.
 */
export function buildTimeline(
  message: { acceptedAt: number; simulation: boolean; chain: readonly Hop[] },
  scenario: Scenario,
  now: number,
  speed: number,
): TimelineStep[] {
  if (message.simulation) return [];
  const steps: TimelineStep[] = [];
  let start = 0;
  for (const { channel, obstacle } of message.chain) {
    const fate: Fate = obstacle
      ? { status: 'undelivered', after: 2, reason: obstacle }
      : scenario.fates[channel];
    const add = (status: TimelineStep['status'], seconds: number, reason: string | null = null) =>
      steps.push({
        channel,
        status,
        reason,
        at: message.acceptedAt + Math.round(((start + seconds) * 1000) / speed),
      });
    add('sent', pace.sent);
    add('received', pace.received);
    if (fate.status === 'delivered') {
      add('delivered', fate.after);
      if (fate.read) add('read', fate.after + pace.read);
      break;
    }
    add(fate.status, fate.after, fate.reason);
    start += fate.after + pace.next;
  }
  return steps.filter((step) => step.at <= now);
}

/** No life takes longer from acceptance to its last step. Milliseconds. */
export function longestTimelineMs(speed: number): number {
  const fates = Object.values(scenarios).flatMap((scenario) => Object.values(scenario.fates));
  const slowest = Math.max(...fates.map((fate) => fate.after));
  return Math.ceil((channelNames.length * (slowest + pace.read) * 1000) / speed);
}

/** Where each channel that was tried stands after `steps`, in the order they were tried. */
export function attemptsOf(steps: readonly TimelineStep[]): TimelineStep[] {
  const last = new Map<ChannelName, TimelineStep>();
  for (const step of steps) last.set(step.channel, step);
  return [...last.values()];
}
