import type { Offers } from '../../input/flag.ts';
import {
  banner,
  flagsWithValues,
  isOffered,
  type Outline,
  type OutlineFlag,
  type Outlines,
  spellings,
  toPlainText,
} from './outline.ts';

export function fish(all: Outlines): string {
  const paths = all.commands.map(({ path }) => path).filter((path) => path.includes(' '));
  return `# Completion of qlara for fish, ${banner}
# True if the command before the cursor is this one; with + at the end if a word follows it, with - if none does.
function __qlara_at
    set -l at qlara
    set -l behind -
    set -l skip
    for word in (commandline -opc)[2..]
        if set -q skip[1]
            set -e skip[1]
            continue
        end
        switch $word
            case ${flagsWithValues(all).flatMap(spellings).join(' ')}
                set skip yes
            case '-*'
            case '*'
                if contains -- "$at $word" ${paths.map(quoted).join(' ')}
                    set at "$at $word"
                else
                    set behind +
                end
        end
    end
    test "$at" = "$argv"; or test "$at $behind" = "$argv"
end
function __qlara_known
    set -l line (commandline -opc)
    set -l word (commandline -ct | string replace -r -- '^--[^=]*=' '')
    $line[1] __complete $argv[1] "$word" $line 2>/dev/null
end
complete -c qlara -f
${[...all.common.map((flag) => flagLine(flag, '')), ...all.commands.flatMap(commandLines)].join('\n')}
`;
}

function commandLines({ path, children, flags, operand, next }: Outline): string[] {
  const at = (place: string) => ` -n ${quoted(`__qlara_at ${place}`)}`;
  const when = at(path);
  return [
    ...children.map(
      ({ name, summary }) => `complete -c qlara${when} -a ${name} -d ${quoted(toPlainText(summary))}`,
    ),
    ...flags.map((flag) => flagLine(flag, when)),
    ...(operand && children.length === 0 && isOffered(operand)
      ? [`complete -c qlara${next ? at(`${path} -`) : when}${offering(operand)}`]
      : []),
    ...(next ? [`complete -c qlara${at(`${path} +`)}${offering(next)}`] : []),
  ];
}

function flagLine({ long, short, summary, value }: OutlineFlag, when: string): string {
  const names = ` -l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ''}`;
  const takes = value ? (value.files ? ' -r -F' : ` -x${offering(value)}`) : '';
  return `complete -c qlara${when}${names}${takes} -d ${quoted(toPlainText(summary))}`;
}

function offering({ choices, files, known }: Offers): string {
  if (choices) return ` -a ${quoted(choices.join(' '))}`;
  if (files) return ' -F';
  return known ? ` -k -a '(__qlara_known ${known})'` : '';
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
