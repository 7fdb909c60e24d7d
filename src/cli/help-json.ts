import { exits } from '../errors.ts';
import { type Field, type Fields, isNeeded } from '../input/flag.ts';
import type { Node } from './commands.ts';
import { everywhere } from './global-flags.ts';
import { topics } from './topics.ts';

/** The help of a command and of all below it as one JSON document, for other programs. */
export async function helpJson(path: readonly Node[]): Promise<string> {
  const name = path.map((step) => step.name).join(' ');
  const document = {
    version: __VERSION__,
    ...(await described(path.at(-1) as Node, name)),
    everywhere: flags(everywhere),
    topics,
    exitCodes: Object.entries(exits).map(([kind, { code, means }]) => ({ code, kind, means })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

interface Described {
  command: string;
  summary: string;
  runs: boolean;
  [part: string]: unknown;
  commands: Described[];
}

async function described(node: Node, name: string): Promise<Described> {
  const command = (await node.load?.())?.default;
  const { operands, columns = [], examples = [], notes = null, fields = {} } = command ?? {};
  const children = node.children ?? [];
  return {
    command: name,
    summary: node.summary,
    runs: command !== undefined,
    flags: flags(fields),
    operands:
      operands === undefined || operands.unlisted
        ? null
        : {
            placeholder: operands.placeholder,
            summary: operands.summary,
            many: operands.many,
            needed: operands.needed === true,
            choices: operands.choices ?? null,
          },
    columns: columns.map(({ key, summary }) => ({ key, summary })),
    examples: examples.map(([what, line]) => ({ what, line: `qlara ${line}` })),
    notes,
    commands: await Promise.all(children.map((child) => described(child, `${name} ${child.name}`))),
  };
}

function flags(fields: Fields) {
  return Object.values<Field<unknown>>(fields).map(
    ({ flag, short, summary, group, kind, presence, absent, many, on }) => ({
      flag: `--${on ? 'no-' : ''}${flag}`,
      short: short ? `-${short}` : null,
      summary,
      group,
      type: kind === null ? 'switch' : 'value',
      placeholder: kind?.placeholder ?? null,
      choices: kind?.choices ?? null,
      needed: isNeeded({ presence }),
      repeatable: many,
      default: presence === 'preset' ? absent : null,
    }),
  );
}
