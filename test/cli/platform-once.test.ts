import { describe, test, vi } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, only, parseRows } from '../support/program.ts';
import { type Answer, envelope, json, type ReceivedRequest, reset, serve } from '../support/server.ts';

// A doubt is asked about until the grace period and the longest request time are over.
vi.setConfig({ testTimeout: 60_000 });

const ada = '+393901234567';
const settings = { dialect: 'platform', from: 'ACME', agentId: '10', phoneNumberId: '5', grace: '300ms' };
const env = { QLARA_API_KEY: 'any' };

/** Kinds of sends. */
const kinds = {
  sms: ['sms', '-m', 'x'],
  'sms only': ['sms', '-m', 'x', '--sms-only'],
  rcs: ['rcs', '-m', 'x'],
  chain: ['--fallback', '-m', 'x', '--template', '42', '--no-template-check'],
  planned: ['sms', '-m', 'x', '--at', '+1h'],
} as const;

/** How the gateway answers a status call for a channel: with what it knows there, with nothing, or not at all. */
type Listing = 'list' | 'empty' | 'no such call';

interface Doubt {
  control?: keyof typeof kinds;
  kind: keyof typeof kinds;
  /** The channel on which the gateway took the message whose answer was lost; undefined if it did not take it. */
  takenOn?: string;
  listings?: Record<string, Listing>;
}

/** Accepts a message as the newer generation does. */
const accept = (seen: ReceivedRequest): Answer =>
  json(200, { messageId: seen.id, simulation: false, results: { [channelOf(seen)]: { accepted: true } } });

const channelOf = ({ path }: ReceivedRequest) => path.split('/').at(-2) ?? '';

/** Starts a gateway that accepts a control, loses the answer to the next message, and accepts any further one. */
async function startLosing({ takenOn, listings = {} }: Doubt) {
  const known: { id: string; channel: string }[] = [];
  const server = await serve({
    post(seen, nth) {
      if (nth === 1) {
        if (takenOn !== undefined) known.push({ id: seen.id, channel: takenOn });
        return reset();
      }
      known.push({ id: seen.id, channel: channelOf(seen) });
      return accept(seen);
    },
    get({ path, ids }) {
      const channel = (new URL(path, 'http://host').searchParams.get('channel') ?? '').toLowerCase();
      const listing = listings[channel] ?? 'list';
      if (listing === 'no such call' || channel === '') return envelope(404, 'No such path');
      const shown = known.filter(
        (one) => one.channel === channel && ids.includes(one.id) && listing === 'list',
      );
      return json(
        200,
        shown.map(({ id }) => ({ customerMessageId: id, deliveryStatus: 'SENT' })),
      );
    },
  });
  return server;
}

describe.concurrent('an answer that was lost', () => {
  test.for<[what: string, doubt: Doubt, code: number, posts: number]>([
    ['an SMS that was not taken is sent again', { kind: 'sms' }, 0, 3],
    ['an SMS that was taken is not', { kind: 'sms', takenOn: 'sms' }, 0, 2],
    ['an SMS that the account sends over RCS is not', { kind: 'sms', takenOn: 'rcs' }, 0, 2],
    ['an SMS is in doubt if RCS cannot be asked', { kind: 'sms', listings: { rcs: 'no such call' } }, 6, 2],
    [
      'an SMS that stays one needs no answer from RCS',
      { control: 'sms only', kind: 'sms only', listings: { rcs: 'no such call' } },
      0,
      3,
    ],
    ['a hidden control proves nothing', { kind: 'sms', listings: { sms: 'empty' } }, 6, 2],
    [
      'without a status call nothing is proven',
      { kind: 'rcs', control: 'rcs', listings: { rcs: 'no such call' } },
      6,
      2,
    ],
    ['RCS that was not taken is sent again', { kind: 'rcs', control: 'rcs' }, 0, 3],
    ['RCS that the gateway sent as SMS is not', { kind: 'rcs', control: 'rcs', takenOn: 'sms' }, 0, 2],
    [
      'RCS is in doubt if SMS cannot be asked',
      { kind: 'rcs', control: 'rcs', listings: { sms: 'no such call' } },
      6,
      2,
    ],
    ['a control of another channel proves nothing', { control: 'sms', kind: 'rcs' }, 6, 2],
    [
      'a control that was not planned proves nothing for a planned message',
      { control: 'sms', kind: 'planned' },
      6,
      2,
    ],
    ['a planned control does', { control: 'planned', kind: 'planned' }, 0, 3],
    ['a chain that was not taken is sent again', { control: 'chain', kind: 'chain' }, 0, 3],
    ['a chain that moved on is not', { control: 'chain', kind: 'chain', takenOn: 'sms' }, 0, 2],
    [
      'a chain is in doubt if one channel cannot be asked',
      { control: 'chain', kind: 'chain', listings: { rcs: 'no such call' } },
      6,
      2,
    ],
  ])('%s', async ([, doubt, code, posts], { expect }) => {
    const home = freshHome(settings);
    const server = await startLosing(doubt);
    const qlara = (args: readonly string[]) =>
      invoke(['send', ...args, '--to', ada, '--json', '--base-url', server.url], {
        home,
        env,
        timeout: 60_000,
      });
    await qlara(kinds[doubt.control ?? 'sms']);
    const result = await qlara([...kinds[doubt.kind], '--id', 'order-1']);
    expect([result.code, server.posts().length]).toEqual([code, posts]);
    expect(only(parseRows(result)).inDoubt).toBe(code === 6);
    const ids = server
      .posts()
      .slice(1)
      .map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(['order-1']));
  });
});
