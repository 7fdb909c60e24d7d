import type { Offers } from '../../input/field.ts';
import {
  banner,
  type Flag,
  isOffered,
  type Outline,
  type Outlines,
  plain,
  spellings,
  valued,
} from './outline.ts';

export function fish(all: Outlines): string {
  const paths = all.commands.map(({ path }) => path).filter((path) => path.includes(' '));
  return `# Completion of qlara for fish, ${banner}
# Whether the command before the cursor is this one.
function __qlara_at
    set -l at qlara
    set -l skip
    for word in (commandline -opc)[2..]
        if set -q skip[1]
            set -e skip[1]
            continue
        end
        switch $word
            case ${valued(all).flatMap(spellings).join(' ')}
                set skip yes
            case '-*'
            case '*'
                contains -- "$at $word" ${paths.map(quoted).join(' ')}
                and set at "$at $word"
        end
    end
    test "$at" = "$argv"
end
function __qlara_known
    set -l line (commandline -opc)
    $line[1] __complete $argv[1] (commandline -ct) $line 2>/dev/null
end
complete -c qlara -f
${[...all.common.map((flag) => flagLine(flag, '')), ...all.commands.flatMap(commandLines)].join('\n')}
`;
}

function commandLines({ path, children, flags, operand }: Outline): string[] {
  const when = ` -n ${quoted(`__qlara_at ${path}`)}`;
  return [
    ...children.map(
      ({ name, summary }) => `complete -c qlara${when} -a ${name} -d ${quoted(plain(summary))}`,
    ),
    ...flags.map((flag) => flagLine(flag, when)),
    ...(operand && children.length === 0 && isOffered(operand)
      ? [`complete -c qlara${when}${offering(operand)}`]
      : []),
  ];
}

function flagLine({ long, short, summary, value }: Flag, when: string): string {
  const names = ` -l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ''}`;
  const takes = value ? (value.files ? ' -r -F' : ` -x${offering(value)}`) : '';
  return `complete -c qlara${when}${names}${takes} -d ${quoted(plain(summary))}`;
}

function offering({ choices, files, known }: Offers): string {
  if (choices) return ` -a ${quoted(choices.join(' '))}`;
  if (files) return ' -F';
  return known ? ` -k -a '(__qlara_known ${known})'` : '';
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
