import type { Offers } from '../../input/flag.ts';
import { banner, flagsWithValues, isOffered, type Outlines, spellings } from './outline.ts';

/** Renders the bash script. Works with bash 3.2 of macOS, which has no maps and no `mapfile`. */
export function bash(all: Outlines): string {
  const paths = all.commands.map(({ path }) => path).filter((path) => path.includes(' '));
  const withValue = flagsWithValues(all);
  return `# Completion of qlara for bash, ${banner}
_qlara() {
  local cur=\${COMP_WORDS[COMP_CWORD]} end=$COMP_CWORD at=qlara flag= last= word i words= behind= joined=
  COMPREPLY=()
  # Bash splits words at colons, which ids may hold: join the word at the cursor.
  while ((end > 1)) && [[ \${COMP_WORDS[end]} == : || \${COMP_WORDS[end - 1]} == : ]]; do
    ((end--))
    cur=\${COMP_WORDS[end]}$cur
    joined=yes
  done
  # Find the command before the cursor, the flag whose value the cursor is on, and whether a word follows the
  # command. Bash splits --flag=value at the =.
  for ((i = 1; i < end; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == : ]]; then
      flag=$last
      continue
    fi
    if [[ -n $flag ]]; then
      [[ $word == = ]] || { last=$flag flag=; }
      continue
    fi
    last=
    case $word in
      ${withValue.flatMap(spellings).join(' | ')}) flag=$word ;;
      -*) ;;
      *)
        case "$at $word" in
          ${paths.map((path) => `'${path}'`).join(' | ')}) at="$at $word" ;;
          *) behind=yes ;;
        esac
        ;;
    esac
  done
  if [[ -n $flag ]]; then
    [[ $cur == = ]] && cur=
    case $flag in
${withValue
  .filter(({ value }) => isOffered(value))
  .map((flag) => `      ${spellings(flag).join(' | ')}) ${offering(flag.value)} ;;`)
  .join('\n')}
    esac
  elif [[ $cur == -* ]]; then
    words='${all.common.map(({ long }) => long).join(' ')}'
    case $at in
${all.commands
  .filter(({ flags }) => flags.length > 0)
  .map(({ path, flags }) => `      '${path}') words+=' ${flags.map(({ long }) => long).join(' ')}' ;;`)
  .join('\n')}
    esac
  else
    case $at in
${all.commands
  .filter(({ children, operand }) => children.length > 0 || (operand && isOffered(operand)))
  .map(({ path, children, operand, next }) => {
    const names = children.map(({ name }) => name);
    const offers = names.length > 0 ? { choices: names } : (operand ?? {});
    const first = offering(offers);
    return `      '${path}') ${next ? `if [[ $behind ]]; then ${offering(next)}; else ${first}; fi` : first} ;;`;
  })
  .join('\n')}
    esac
  fi
  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$cur"))
  # The shell inserts only the part after the last colon.
  [[ -n $joined ]] && COMPREPLY=("\${COMPREPLY[@]#"\${cur%"\${cur##*:}"}"}")
}
_qlara_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$cur"))
}
_qlara_known() {
  compopt -o nosort 2>/dev/null
  # The part after a tab is a description, for shells that show it.
  words=$("\${COMP_WORDS[0]}" __complete "$1" "$cur" "\${COMP_WORDS[@]}" 2>/dev/null | cut -f 1)
}
complete -F _qlara qlara
`;
}

function offering({ choices, files, known }: Offers): string {
  if (choices) return `words='${choices.join(' ')}'`;
  if (files) return '_qlara_files';
  return known ? `_qlara_known ${known}` : '';
}
