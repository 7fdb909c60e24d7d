import type { Offers } from '../../input/flag.ts';
import { banner, flagsWithValues, isOffered, type Outlines, spellings, toPlainText } from './outline.ts';

/** Renders the zsh script, for a folder in `$fpath` or to be sourced. */
export function zsh(all: Outlines): string {
  const paths = all.commands.map(({ path }) => path).filter((path) => path.includes(' '));
  const withValue = flagsWithValues(all);
  return `#compdef qlara
# Completion of qlara for zsh, ${banner}
_qlara() {
  local at=qlara flag= word i behind=
  local -a list
  # Find the command before the cursor, the flag whose value the cursor is on, and whether a word follows the command.
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if [[ -n $flag ]]; then
      flag=
      continue
    fi
    case $word in
      (${withValue.flatMap(spellings).join('|')}) flag=$word ;;
      (-*) ;;
      (*)
        case "$at $word" in
          (${paths.map(quoted).join('|')}) at="$at $word" ;;
          (*) behind=yes ;;
        esac
        ;;
    esac
  done
  if [[ -z $flag && $PREFIX == --*=* ]]; then
    flag=\${PREFIX%%=*}
    compset -P '*='
  fi
  if [[ -n $flag ]]; then
    case $flag in
${withValue
  .filter(({ value }) => isOffered(value))
  .map((flag) => `      (${spellings(flag).join('|')}) ${offering(flag.value)} ;;`)
  .join('\n')}
    esac
  elif [[ $PREFIX == -* ]]; then
    list=(
${all.common.flatMap(described).join('\n')}
    )
    case $at in
${all.commands
  .filter(({ flags }) => flags.length > 0)
  .map(
    ({ path, flags }) =>
      `      (${quoted(path)}) list+=(\n${flags.flatMap(described).join('\n')}\n      ) ;;`,
  )
  .join('\n')}
    esac
    _describe -o -t flags flag list
  else
    case $at in
${all.commands
  .filter(({ children, operand }) => children.length > 0 || (operand && isOffered(operand)))
  .map(({ path, children, operand, next }) => {
    const named = children.map(({ name, summary }) => item(name, summary)).join('\n');
    const doing = named
      ? `list=(\n${named}\n        )\n        _describe -t commands command list`
      : next
        ? `if [[ -n $behind ]]; then ${offering(next)}; else ${offering(operand ?? {})}; fi`
        : offering(operand ?? {});
    return `      (${quoted(path)}) ${doing} ;;`;
  })
  .join('\n')}
    esac
  fi
}
_qlara_known() {
  local line about
  local -i width=0
  local -a lines known shown
  lines=(\${(f)"$($words[1] __complete $1 "$PREFIX" $words 2>/dev/null)"})
  # The part after a tab is a description.
  known=(\${lines%%$'\\t'*})
  if [[ "$lines" != *$'\\t'* ]]; then
    compadd -V known -a known
    return
  fi
  for line in $known; do
    (( \${#line} > width )) && width=\${#line}
  done
  for line in $lines; do
    about=\${line#*$'\\t'}
    [[ $about == $line ]] && about=
    shown+=("\${(r:width:)line%%$'\\t'*}\${about:+  -- $about}")
  done
  compadd -V known -l -d shown -a known
}
if [[ $funcstack[1] == _qlara ]]; then
  _qlara "$@"
else
  compdef _qlara qlara
fi
`;
}

function offering({ choices, files, known }: Offers): string {
  if (choices) return `compadd -- ${choices.join(' ')}`;
  if (files) return '_files';
  return known ? `_qlara_known ${known}` : '';
}

function described({ long, short, summary }: Outlines['common'][number]): string[] {
  return (short ? [long, short] : [long]).map((name) => item(name, summary));
}

function item(name: string, summary: string): string {
  return `        ${quoted(`${name}:${toPlainText(summary)}`)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
