import { describe, expect, test } from 'vitest';
import { empty, json, serve } from '../support/server.ts';
import { hasTerminal, openScreen } from './screen.ts';

describe.skipIf(!hasTerminal)('webhook set in a terminal', () => {
  test.each([
    ['that it does not report', empty(405)],
    ['behind a conflict', empty(404)],
  ])('asks before it replaces a webhook of the gateway %s', async (_, answer) => {
    const server = await serve({
      get: ({ method }) => (method === 'PUT' ? json(200, {}) : answer),
      post: json(409, { message: 'A webhook is configured already' }),
    });
    const replaced = () => server.seen.filter(({ method }) => method === 'PUT').length;
    const screen = openScreen(120, 24, { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url });
    const command = 'qlara webhook set https://example.com/ours; echo "exit $?"';
    screen.type(command);
    await screen.shows(/does not report its webhook.*Replace it\?/);
    screen.type('n');
    await screen.shows(/nothing changed\n[\s\S]*exit 9/);
    expect(replaced()).toBe(0);
    screen.type(`clear; ${command}`);
    await screen.shows(/does not report its webhook.*Replace it\?/);
    screen.type('y');
    await screen.shows(/exit 0/);
    expect(replaced()).toBe(1);
  });
});
