import { expect, test } from 'vitest';
import { type CommandNode, commands } from '../../src/cli/commands.ts';
import { resolve } from '../../src/cli/resolve.ts';
import { type Flag, flagNames } from '../../src/input/flag.ts';
import * as flagDeclarations from '../../src/input/flags.ts';

const { globalFlags, sendFlags: _, ...commandFlags } = flagDeclarations;
const flags: readonly Flag<unknown>[] = Object.values<unknown>({
  ...commandFlags,
  ...globalFlags,
}) as Flag<unknown>[];

function* walk(node: CommandNode, path: readonly CommandNode[]): Generator<readonly CommandNode[]> {
  if (node.load) yield [...path, node];
  for (const child of node.children ?? []) yield* walk(child, [...path, node]);
}

const all = [...walk(commands, [])];

test("declares every command's flag in one list", async () => {
  const names = new Set(flags.map(({ flag }) => flag));
  for (const path of all) {
    const command = (await path.at(-1)?.load?.())?.default;
    for (const { flag } of Object.values(command?.flags ?? {})) expect(names).toContain(flag);
  }
});

test('gives a flag a value in all commands or in none', () => {
  const takesValue = new Map<string, boolean>();
  for (const flag of flags)
    for (const name of flagNames(flag)) {
      const hasValue = flag.type !== null;
      expect([name, takesValue.get(name) ?? hasValue]).toEqual([name, hasValue]);
      takesValue.set(name, hasValue);
    }
});

test('accepts every flag before the command and between its words', () => {
  const [command] = all.filter((path) => path.map(({ name }) => name).join(' ') === 'qlara send sms');
  for (const flag of flags) {
    if (flag.flag === 'help' || flag.flag === 'version') continue;
    for (const name of flagNames(flag)) {
      // A value that equals the name of a command is still a value.
      const args = flag.type === null ? [name] : [name, 'status'];
      for (const line of [
        [...args, 'send', 'sms'],
        ['send', ...args, 'sms'],
        ['send', 'sms', ...args],
      ])
        expect(resolve(line)).toMatchObject({ path: command, rest: args });
    }
  }
});
