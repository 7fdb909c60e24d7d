import { describe, expect, test } from 'vitest';
import { exits } from '../../src/errors.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome } from '../support/program.ts';

interface Described {
  command: string;
  runs: boolean;
  flags: { flag: string; needed: boolean; default: unknown; choices: string[] | null }[];
  columns: { key: string }[];
  examples: { line: string }[];
  commands: Described[];
}

const all = (node: Described): Described[] => [node, ...node.commands.flatMap(all)];

describe('help for programs', () => {
  test('is the whole tree in one document', async () => {
    const { code, stdout, stderr } = await invoke(['help', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const document = JSON.parse(stdout);
    const commands = all(document);
    expect(commands.map(({ command }) => command)).toEqual(
      expect.arrayContaining(['qlara', 'qlara send sms', 'qlara status', 'qlara profile set']),
    );
    expect(document.exitCodes.map(({ code }: { code: number }) => code)).toEqual(
      Object.values(exits).map(({ code }) => code),
    );
    expect(document.everywhere).toContainEqual(
      expect.objectContaining({ flag: '--output', short: '-o', choices: ['table', 'json', 'ndjson', 'csv'] }),
    );
    const sms = commands.find(({ command }) => command === 'qlara send sms');
    expect(sms?.flags.find(({ flag }) => flag === '--to')).toMatchObject({ needed: true });
    expect(sms?.flags.find(({ flag }) => flag === '--timeout')).toMatchObject({ default: 300_000 });
    expect(sms?.columns.map(({ key }) => key)).toContain('gatewayId');
    expect(commands.filter(({ runs, examples }) => runs && examples.length === 0)).toEqual([]);
  });

  test('of one command is that one', async () => {
    for (const words of [
      ['status', '--help', '--json'],
      ['help', 'status', '-o', 'json'],
    ]) {
      const { stdout } = await invoke(words);
      expect(JSON.parse(stdout)).toMatchObject({ command: 'qlara status', commands: [] });
    }
  });

  test('is not printed for QLARA_OUTPUT=json alone', async () => {
    const { stdout } = await invoke(['--help'], { env: { QLARA_OUTPUT: 'json' } });
    expect(stdout).toMatch(/^Send and track/);
  });

  test('every example names a command that there is', async () => {
    const { stdout } = await invoke(['help', '--json']);
    const home = freshHome();
    const lines = all(JSON.parse(stdout)).flatMap(({ examples }) => examples.map(({ line }) => line));
    const words = lines.map((line) => line.replace(/ [<>|&].*$/, '').match(/"[^"]*"|'[^']*'|\S+/g) ?? []);
    const helps = await Promise.all(
      words.map((line) =>
        invoke([...line.slice(1).map((word) => word.replace(/^["']|["']$/g, '')), '--help'], { home }),
      ),
    );
    expect(helps.map(({ code }) => code)).toEqual(lines.map(() => 0));
  });
});
