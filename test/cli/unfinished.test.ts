import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { errorOf, freshHome, only, recorded, run } from '../support/program.ts';
import { never, serve } from '../support/server.ts';

const preload = (name: string) => ({
  QLARA_API_KEY: 'any',
  NODE_OPTIONS: `--require ${fileURLToPath(new URL(`../support/preload/${name}.cjs`, import.meta.url))}`,
});

const words = ['send', 'sms', '-t', '+393901234567', '-m', 'Ciao', '--id', 'order-1'];

describe.concurrent('a run that stops before its work is done fails', () => {
  test('with a line that says so, and how to go on', async ({ expect }) => {
    const home = freshHome();
    const { code, stdout, stderr } = await run(words, { home, env: preload('silent-http') });
    expect([code, stdout]).toEqual([70, '']);
    const [error, hint, ...others] = stderr.trimEnd().split('\n');
    expect(error).toBe('error: the program stopped before it had finished');
    expect(hint).toMatch(/^hint: .*`qlara .*order-1/);
    expect(others).toEqual([]);
    expect(only(await recorded(home)).phase).toMatch(/^(sending|queued)$/);
  });

  test('as JSON where that is asked for', async ({ expect }) => {
    const ran = await run([...words, '-o', 'json'], { env: preload('silent-http') });
    expect([ran.code, errorOf(ran).code, errorOf(ran).message]).toEqual([
      70,
      'run.unfinished',
      'the program stopped before it had finished',
    ]);
    expect(ran.stderr.trimEnd().split('\n').length).toBe(1);
  });

  test('and the hint names status when nothing better is known', async ({ expect }) => {
    const flags = ['--base-url', 'http://127.0.0.1:1', '--profile', 'other'];
    const { code, stderr } = await run(['credit', ...flags], { env: preload('silent-http') });
    expect(code).toBe(70);
    expect(stderr).toContain('hint: `qlara status --profile other --base-url http://127.0.0.1:1` shows');
  });

  test.for([
    ['throwing-http', 'thrown in a callback'],
    ['rejecting-http', 'rejected unawaited'],
  ] as const)(
    '%s: an error that nobody awaits is a bug, not an exit code of Node’s',
    async ([name, message], { expect }) => {
      const server = await serve({ post: never() });
      const home = freshHome();
      const ran = await run([...words, '--json', '--base-url', server.url], { home, env: preload(name) });
      expect([ran.code, errorOf(ran).code]).toEqual([70, 'bug']);
      expect(errorOf(ran).message).toContain(message);
      expect(only(await recorded(home)).phase).toMatch(/^(sending|doubt|queued)$/);
    },
  );
});
