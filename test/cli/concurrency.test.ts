import { describe, test } from 'vitest';
import { sendControl } from '../support/invoke.ts';
import { freshHome, only, parseRows, recorded, run } from '../support/program.ts';
import { type Answer, accept, empty, listStatuses, serve } from '../support/server.ts';

const number = '+393901234567';

/** Slow enough that all requests arrive before the first response. */
const acceptSlowly = (): Answer => {
  const answer = accept();
  return { ...answer, play: (response, seen) => void setTimeout(() => answer.play(response, seen), 300) };
};

describe('concurrent commands on one ledger', () => {
  test('20 different ids: sends and stores each once', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url };
    const ids = Array.from({ length: 20 }, (_, at) => `order-${at + 10}`);
    const results = await Promise.all(
      ids.map((id) => run(['send', 'sms', '-t', number, '-m', 'Ciao', '--id', id, '--json'], { home, env })),
    );
    expect(results.map(({ code }) => code)).toEqual(ids.map(() => 0));
    expect(results.map(({ stderr }) => stderr)).toEqual(ids.map(() => ''));
    expect([...server.taken].sort()).toEqual(ids);
    const stored = await recorded(home);
    expect(stored.map(({ plan }) => plan.id).sort()).toEqual(ids);
    expect(stored.every(({ phase }) => phase === 'accepted')).toBe(true);
  });

  test('8 equal ids: sends one request and reports the same message', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: acceptSlowly() });
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url };
    const args = ['send', 'sms', '-t', number, '-m', 'Ciao', '--id', 'order-1', '--json'];
    const results = await Promise.all(Array.from({ length: 8 }, () => run(args, { home, env })));
    expect(results.map(({ code }) => code)).toEqual(Array(8).fill(0));
    expect(server.posts()).toHaveLength(1);
    expect(new Set(results.map((result) => only(parseRows(result)).gatewayId)).size).toBe(1);
    expect(only(await recorded(home)).phase).toBe('accepted');
  });

  test('8 equal ids after a crash: sends one more request after the grace period', async ({ expect }) => {
    const home = freshHome({ grace: '300ms' });
    const args = ['send', 'sms', '-t', number, '-m', 'Ciao', '--id', 'order-1', '--json'];
    let isDown = true;
    const server = await serve({
      post: () => (isDown ? { play: (response) => response.socket?.resetAndDestroy() } : acceptSlowly()),
      get: (seen) => (isDown ? empty(500) : listStatuses([...server.controls, ...server.taken], seen)),
    });
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url };
    await sendControl(server.url, { home, env });
    expect((await run(args, { home, env })).code).toBe(6);
    isDown = false;
    const results = await Promise.all(Array.from({ length: 8 }, () => run(args, { home, env })));
    expect(results.map(({ code }) => code)).toEqual(Array(8).fill(0));
    expect(server.taken).toEqual(['order-1']);
  });

  test('6 sandboxes on one state folder: each knows all messages', async ({ expect }) => {
    const home = freshHome();
    const env = { QLARA_SANDBOX_SPEED: '2000' };
    const ids = Array.from({ length: 6 }, (_, at) => `order-${at}`);
    const results = await Promise.all(
      ids.map((id) =>
        run(['send', 'sms', '-t', number, '-m', 'Ciao', '--id', id, '--sandbox', '--wait', '--json'], {
          home,
          env,
        }),
      ),
    );
    expect(results.map((result) => [result.code, only(parseRows(result)).status])).toEqual(
      ids.map(() => [0, 'delivered']),
    );
  });
});
