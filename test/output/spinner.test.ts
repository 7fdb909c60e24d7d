import { expect, test } from 'vitest';
import { startSpinner } from '../../src/output/spinner.ts';
import { fakeStream, screenAfter, utf8 } from './screen.ts';

test('shows at once, can change its text, and leaves nothing behind', async () => {
  const stream = fakeStream({ columns: 20 });
  const listeners = () => ['exit', 'SIGINT', 'SIGTERM'].map((event) => process.listenerCount(event));
  const before = listeners();
  const spinner = await startSpinner(stream, 'asking\u001B[2J the gateway for long', utf8);
  const [line = ''] = screenAfter(stream.written).lines;
  expect(line).toMatch(/^\S asking the gatew…$/);
  expect(screenAfter(stream.written).cursor).toBe(false);
  spinner.setText('other');
  await expect.poll(() => screenAfter(stream.written).lines[0]).toMatch(/^\S other$/);
  spinner.stop();
  spinner.stop();
  expect(screenAfter(stream.written)).toEqual({ lines: [''], cursor: true });
  expect(listeners()).toEqual(before);
  expect(process.stdin.isRaw ?? false).toBe(false);
});

test.each([
  ['a pipe', { isTTY: false }, utf8],
  ['a dumb terminal', {}, { TERM: 'dumb' }],
  ['a CI job', {}, { CI: 'true' }],
])('prints nothing on %s', async (_, part, env) => {
  const stream = fakeStream(part);
  const spinner = await startSpinner(stream, 'asking', env);
  spinner.setText('other');
  spinner.stop();
  expect(stream.written).toBe('');
});
