import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { freshHome, only, parseError, recorded, run } from '../support/program.ts';
import { hang, serve } from '../support/server.ts';

const preload = (name: string) => ({
  QLARA_API_KEY: 'any',
  NODE_OPTIONS: `--require ${fileURLToPath(new URL(`../support/preload/${name}.cjs`, import.meta.url))}`,
});

const args = ['send', 'sms', '-t', '+393901234567', '-m', 'Ciao', '--id', 'order-1'];

describe.concurrent('a run that stops before it is finished', () => {
  test('reports an error and a hint for continuing', async ({ expect }) => {
    const home = freshHome();
    const { code, stdout, stderr } = await run(args, { home, env: preload('silent-http') });
    expect([code, stdout]).toEqual([70, '']);
    const [error, hint, ...others] = stderr.trimEnd().split('\n');
    expect(error).toBe('error: the program stopped before it had finished');
    expect(hint).toMatch(/^hint: .*`qlara .*order-1/);
    expect(others).toEqual([]);
    expect(only(await recorded(home)).phase).toMatch(/^(sending|queued)$/);
  });

  test('reports the error as JSON with -o json', async ({ expect }) => {
    const result = await run([...args, '-o', 'json'], { env: preload('silent-http') });
    expect([result.code, parseError(result).code, parseError(result).message]).toEqual([
      70,
      'run.unfinished',
      'the program stopped before it had finished',
    ]);
    expect(result.stderr.trimEnd().split('\n').length).toBe(1);
  });

  test('suggests status if there is no better hint', async ({ expect }) => {
    const flags = ['--base-url', 'http://127.0.0.1:1', '--profile', 'other'];
    const { code, stderr } = await run(['credit', ...flags], { env: preload('silent-http') });
    expect(code).toBe(70);
    expect(stderr).toContain('hint: `qlara status --profile other --base-url http://127.0.0.1:1` shows');
  });

  test.for([
    ['throwing-http', 'thrown in a callback'],
    ['rejecting-http', 'rejected unawaited'],
  ] as const)('%s: reports an unhandled error as a bug', async ([name, message], { expect }) => {
    const server = await serve({ post: hang() });
    const home = freshHome();
    const result = await run([...args, '--json', '--base-url', server.url], { home, env: preload(name) });
    expect([result.code, parseError(result).code]).toEqual([70, 'bug']);
    expect(parseError(result).message).toContain(message);
    expect(only(await recorded(home)).phase).toMatch(/^(sending|doubt|queued)$/);
  });
});
