import { assert, constantFrom, integer, nat, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildChain, channelNames } from '../../src/message/channels/channel.ts';
import { findScenario, scenarios } from '../../src/sandbox/scenarios.ts';
import { buildTimeline, latestByChannel } from '../../src/sandbox/timeline.ts';

const createChain = (
  first: (typeof channelNames)[number],
  fallback: boolean,
  obstacle: string | null = null,
) =>
  buildChain(first, fallback).map((channel) => ({ channel, obstacle: channel === 'rcs' ? obstacle : null }));

/** Formats the timeline as `channel status@seconds`. */
function formatTimeline(end: string, chain: ReturnType<typeof createChain>, speed = 1): string {
  const message = { acceptedAt: 0, simulation: false, chain };
  return buildTimeline(message, findScenario(`+39390123${end}`), Number.POSITIVE_INFINITY, speed)
    .map(({ channel, status, at }) => `${channel} ${status}@${at / 1000}`)
    .join(', ');
}

describe('the timeline of a message', () => {
  const whatsappFails = 'whatsapp sent@0, whatsapp received@1, whatsapp undelivered@2';
  test.each([
    ['4567', createChain('sms', false), 'sms sent@0, sms received@1, sms delivered@2'],
    ['4567', createChain('rcs', true), 'rcs sent@0, rcs received@1, rcs delivered@2, rcs read@4'],
    ['0005', createChain('rcs', true), 'rcs sent@0, rcs received@1, rcs delivered@2'],
    ['0012', createChain('sms', false), 'sms sent@0, sms received@1, sms delivered@60'],
    ['0012', createChain('rcs', false), 'rcs sent@0, rcs received@1, rcs delivered@60, rcs read@62'],
    ['0001', createChain('whatsapp', false), whatsappFails],
    [
      '0001',
      createChain('whatsapp', true),
      `${whatsappFails}, rcs sent@2.5, rcs received@3.5, rcs delivered@4.5, rcs read@6.5`,
    ],
    [
      '0002',
      createChain('whatsapp', true),
      `${whatsappFails}, rcs sent@2.5, rcs received@3.5, rcs undelivered@4.5, sms sent@5, sms received@6, sms delivered@7`,
    ],
    [
      '0001',
      createChain('whatsapp', true, 'no template'),
      `${whatsappFails}, rcs sent@2.5, rcs received@3.5, rcs undelivered@4.5, sms sent@5, sms received@6, sms delivered@7`,
    ],
    [
      '0003',
      createChain('rcs', true),
      'rcs sent@0, rcs received@1, rcs undelivered@2, sms sent@2.5, sms received@3.5, sms undelivered@4.5',
    ],
    [
      '0004',
      createChain('rcs', true),
      'rcs sent@0, rcs received@1, rcs expired@3, sms sent@3.5, sms received@4.5, sms expired@6.5',
    ],
  ])('%s %j', (end, chain, life) => {
    expect(formatTimeline(end, chain)).toBe(life);
  });

  test('is faster with --speed', () => {
    expect(formatTimeline('4567', createChain('rcs', false), 10)).toBe(
      'rcs sent@0, rcs received@0.1, rcs delivered@0.2, rcs read@0.4',
    );
  });

  test('is empty for a simulated message', () => {
    const message = { acceptedAt: 0, simulation: true, chain: createChain('sms', false) };
    expect(buildTimeline(message, findScenario('+393901234567'), 1e9, 1)).toEqual([]);
  });

  test('only grows, and its times never go back', () => {
    const lives = record({
      end: constantFrom('4567', ...Object.keys(scenarios)),
      chain: constantFrom(
        ...channelNames.flatMap((name) => [
          createChain(name, true),
          createChain(name, false),
          createChain(name, true, 'x'),
        ]),
      ),
      acceptedAt: nat(1e12),
      speed: constantFrom(0.1, 1, 3, 1000, 1e9),
      early: integer({ min: -1000, max: 100_000 }),
      later: nat(100_000),
    });
    assert(
      property(lives, ({ end, chain, acceptedAt, speed, early, later }) => {
        const at = (now: number) =>
          buildTimeline(
            { acceptedAt, simulation: false, chain },
            findScenario(`+39390123${end}`),
            now,
            speed,
          );
        const before = at(acceptedAt + early);
        const after = at(acceptedAt + early + later);
        expect(after.slice(0, before.length)).toEqual(before);
        const times = after.map((step) => step.at);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(latestByChannel(after).map((attempt) => attempt.channel)).toEqual(
          chain.map((hop) => hop.channel).slice(0, latestByChannel(after).length),
        );
      }),
    );
  });
});
