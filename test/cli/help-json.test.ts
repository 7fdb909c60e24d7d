import { describe, expect, test } from 'vitest';
import { exits } from '../../src/errors.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome } from '../support/program.ts';

interface CommandHelp {
  command: string;
  runs: boolean;
  flags: { flag: string; needed: boolean; default: unknown; choices: string[] | null }[];
  columns: { key: string }[];
  examples: { line: string }[];
  commands: CommandHelp[];
}

const flatten = (node: CommandHelp): CommandHelp[] => [node, ...node.commands.flatMap(flatten)];

describe('help as JSON', () => {
  test('is the whole command tree in one document', async () => {
    const { code, stdout, stderr } = await invoke(['help', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const document = JSON.parse(stdout);
    const commands = flatten(document);
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

  test('of one command contains only that command', async () => {
    for (const args of [
      ['status', '--help', '--json'],
      ['help', 'status', '-o', 'json'],
    ]) {
      const { stdout } = await invoke(args);
      expect(JSON.parse(stdout)).toMatchObject({ command: 'qlara status', commands: [] });
    }
  });

  test('is not printed for QLARA_OUTPUT=json alone', async () => {
    const { stdout } = await invoke(['--help'], { env: { QLARA_OUTPUT: 'json' } });
    expect(stdout).toMatch(/^Send and track/);
  });

  test('uses existing commands in every example', async () => {
    const { stdout } = await invoke(['help', '--json']);
    const home = freshHome();
    const lines = flatten(JSON.parse(stdout)).flatMap(({ examples }) => examples.map(({ line }) => line));
    const args = lines.map((line) => line.replace(/ [<>|&].*$/, '').match(/"[^"]*"|'[^']*'|\S+/g) ?? []);
    const helps = await Promise.all(
      args.map((line) =>
        invoke([...line.slice(1).map((word) => word.replace(/^["']|["']$/g, '')), '--help'], { home }),
      ),
    );
    expect(helps.map(({ code }) => code)).toEqual(lines.map(() => 0));
  });
});
