import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exits } from '../src/errors.ts';
import { freshHome, shell, start, until } from './support/program.ts';
import { hasTerminal, openScreen } from './terminal/screen.ts';

const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language = '', body = '']) => ({
  language,
  body,
}));

/** Command lines of shell examples, except those that start a server. */
const examples = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ body }) => body.split('\n'))
  .filter((line) => /^(qlara|printf) /.test(line) && !/^qlara (sandbox|listen)/.test(line));

describe('the examples of the README', () => {
  test('exist', () => expect(examples.length).toBeGreaterThan(8));

  test.each(examples)('%s', async (line) => {
    const home = freshHome();
    const env = { QLARA_PROFILE: 'sandbox' };
    // Gives the example a message, a bulk, a conversation or an opt-out to show.
    if (line.startsWith('qlara status --watch'))
      await shell('qlara send sms --to +393901234567 -m hi', { home, env });
    if (line.startsWith('qlara bulk'))
      await shell('echo \'{"to":"+393901234567"}\' | qlara send sms --file - -m hi --yes', { home, env });
    if (line.startsWith('qlara inbox'))
      await shell('qlara sandbox inbound --from +393901234567 --message Hello', { home, env });
    if (line.startsWith('qlara optout list')) await shell('qlara optout add +393901234567', { home, env });
    const { code, stderr } = await shell(`cd; set -o pipefail; ${line}`, { home, env });
    expect(stderr.replace(/^(sandbox|profile \w+|dry run): .*\n/gm, '')).toBe('');
    expect(code).toBe(0);
  });

  test('include the request to a sandbox server', async () => {
    const curl = blocks.find(({ body }) => body.startsWith('curl '))?.body ?? '';
    const server = start(['sandbox', '--port', '0', '--state', 'memory']);
    await until(() => server.printed.stdout.includes('http'), 'the sandbox prints its address');
    const port = /:(\d+)\/api/.exec(server.printed.stdout)?.[1] ?? '';
    const { stdout } = await shell(curl.replace('8080', port));
    server.child.kill('SIGTERM');
    expect(JSON.parse(stdout)).toMatchObject({ results: [{ accepted: true, channel: 'whatsapp' }] });
    expect((await server.done).code).toBe(143);
  });

  test("document the program's exit codes", () => {
    const rows = [...text.matchAll(/^\| (\d+) +\| (\w+) +\| (.*?) +\|$/gm)].map(([, code, kind, means]) => [
      Number(code),
      kind,
      means?.replaceAll('`', ''),
    ]);
    expect(rows).toEqual(
      Object.entries(exits).map(([kind, { code, means }]) => [code, kind, means.replaceAll('`', '')]),
    );
  });

  test('name the test command of CI', () => {
    const run = readFileSync(join(import.meta.dirname, '..', '.ci', 'run'), 'utf8');
    expect(text).toContain('```sh\nnpm test\n```');
    expect(run).toMatch(/^npm test$/m);
  });

  test.skipIf(!hasTerminal)("show the program's real output", async () => {
    const [command = '', ...shown] = (blocks.find(({ language }) => language === 'console')?.body ?? '')
      .trimEnd()
      .split('\n');
    const screen = openScreen(140, 24);
    screen.type(`clear; ${command.replace('$ ', '')}; echo end`);
    await screen.shows(/^end$/m);
    const normalize = (line: string) =>
      line
        .replace(/[0-9a-f-]{36}/, 'ID')
        .replace(/\d\d:\d\d:\d\d/, 'TIME')
        .replace(/ *\+?\d+\.\d s/, ' N s');
    const seen = screen.lines().slice(0, -2).map(normalize);
    expect(seen.slice(-shown.length)).toEqual(shown.map(normalize));
  });
});
