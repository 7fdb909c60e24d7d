import { describe, test } from 'vitest';
import { sendControl } from '../support/invoke.ts';
import { freshHome, only, recorded, rowsOf, run } from '../support/program.ts';
import { type Answer, accepts, empty, knows, serve } from '../support/server.ts';

const number = '+393901234567';

/** Long enough that all are there before the first is answered. */
const slow = (): Answer => {
  const answer = accepts();
  return { ...answer, play: (response, seen) => void setTimeout(() => answer.play(response, seen), 300) };
};

describe('many at once on one ledger', () => {
  test('20 with different ids: each is sent once and kept', async ({ expect }) => {
    const home = freshHome();
    const server = await serve();
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url };
    const ids = Array.from({ length: 20 }, (_, at) => `order-${at + 10}`);
    const ends = await Promise.all(
      ids.map((id) => run(['send', 'sms', '-t', number, '-m', 'Ciao', '--id', id, '--json'], { home, env })),
    );
    expect(ends.map(({ code }) => code)).toEqual(ids.map(() => 0));
    expect(ends.map(({ stderr }) => stderr)).toEqual(ids.map(() => ''));
    expect([...server.taken].sort()).toEqual(ids);
    const kept = await recorded(home);
    expect(kept.map(({ plan }) => plan.id).sort()).toEqual(ids);
    expect(kept.every(({ phase }) => phase === 'accepted')).toBe(true);
  });

  test('8 with the same id: one request, and all show the same message', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: slow() });
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url };
    const words = ['send', 'sms', '-t', number, '-m', 'Ciao', '--id', 'order-1', '--json'];
    const ends = await Promise.all(Array.from({ length: 8 }, () => run(words, { home, env })));
    expect(ends.map(({ code }) => code)).toEqual(Array(8).fill(0));
    expect(server.posts()).toHaveLength(1);
    expect(new Set(ends.map((ran) => only(rowsOf(ran)).gatewayId)).size).toBe(1);
    expect(only(await recorded(home)).phase).toBe('accepted');
  });

  test('8 with the same id after a crash: one request more, after the grace', async ({ expect }) => {
    const home = freshHome({ grace: '300ms' });
    const words = ['send', 'sms', '-t', number, '-m', 'Ciao', '--id', 'order-1', '--json'];
    let isDown = true;
    const server = await serve({
      post: () => (isDown ? { play: (response) => response.socket?.resetAndDestroy() } : slow()),
      get: (seen) => (isDown ? empty(500) : knows([...server.controls, ...server.taken], seen)),
    });
    const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url };
    await sendControl(server.url, { home, env });
    expect((await run(words, { home, env })).code).toBe(6);
    isDown = false;
    const ends = await Promise.all(Array.from({ length: 8 }, () => run(words, { home, env })));
    expect(ends.map(({ code }) => code)).toEqual(Array(8).fill(0));
    expect(server.taken).toEqual(['order-1']);
  });

  test('6 sandboxes on one state: each answers for all', async ({ expect }) => {
    const home = freshHome();
    const env = { QLARA_SANDBOX_SPEED: '2000' };
    const ids = Array.from({ length: 6 }, (_, at) => `order-${at}`);
    const ends = await Promise.all(
      ids.map((id) =>
        run(['send', 'sms', '-t', number, '-m', 'Ciao', '--id', id, '--sandbox', '--wait', '--json'], {
          home,
          env,
        }),
      ),
    );
    expect(ends.map((ran) => [ran.code, only(rowsOf(ran)).status])).toEqual(ids.map(() => [0, 'delivered']));
  });
});
