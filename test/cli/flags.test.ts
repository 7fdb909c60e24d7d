import { expect, test } from 'vitest';
import { type CommandNode, commands } from '../../src/cli/commands.ts';
import { resolve } from '../../src/cli/resolve.ts';
import { type Flag, flagNames } from '../../src/input/flag.ts';
import * as declared from '../../src/input/flags.ts';

const { globalFlags, sendFlags: _, ...commandFlags } = declared;
const flags: readonly Flag<unknown>[] = Object.values<unknown>({
  ...commandFlags,
  ...globalFlags,
}) as Flag<unknown>[];

function* leaves(node: CommandNode, path: readonly CommandNode[]): Generator<readonly CommandNode[]> {
  if (node.load) yield [...path, node];
  for (const child of node.children ?? []) yield* leaves(child, [...path, node]);
}

const all = [...leaves(commands, [])];

test('every flag of a command is declared in the one list', async () => {
  const names = new Set(flags.map(({ flag }) => flag));
  for (const path of all) {
    const command = (await path.at(-1)?.load?.())?.default;
    for (const { flag } of Object.values(command?.flags ?? {})) expect(names).toContain(flag);
  }
});

test('a flag name takes a value in all commands or in none', () => {
  const takesValue = new Map<string, boolean>();
  for (const flag of flags)
    for (const name of flagNames(flag)) {
      const takes = flag.type !== null;
      expect([name, takesValue.get(name) ?? takes]).toEqual([name, takes]);
      takesValue.set(name, takes);
    }
});

test('every flag works before the command, and between its words', () => {
  const [command] = all.filter((path) => path.map(({ name }) => name).join(' ') === 'qlara send sms');
  for (const flag of flags) {
    if (flag.flag === 'help' || flag.flag === 'version') continue;
    for (const name of flagNames(flag)) {
      // A value that is the name of a command is still a value.
      const words = flag.type === null ? [name] : [name, 'status'];
      for (const line of [
        [...words, 'send', 'sms'],
        ['send', ...words, 'sms'],
        ['send', 'sms', ...words],
      ])
        expect(resolve(line)).toMatchObject({ path: command, rest: words });
    }
  }
});
