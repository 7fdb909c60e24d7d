# Completion of qlara for bash, made by `npm run completions` from the commands: change those, not this file
_qlara() {
  local cur=${COMP_WORDS[COMP_CWORD]} at=qlara flag= word i words= behind=
  COMPREPLY=()
  # The command before the cursor, the flag whose value the cursor is on, and whether a word stands behind the
  # command. Bash parts --flag=value at the sign.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ -n $flag ]]; then
      [[ $word == = ]] || flag=
      continue
    fi
    case $word in
      --output | -o | --columns | --color | --profile | --base-url | --dialect | --to | -t | --message | -m | --template | --country | --from | --var | --vars-file | --id | --timeout | --override-opt-out | --ignore-window | --force | --file | --map | --rate | --concurrency | --name | --interval | --status | --channel | --since | --bulk | --limit | --reason | --port | --host | --path | --allow | --forward-to | --register | --form | --note | --username | --speed | --state | --webhook-url | --webhook-shape) flag=$word ;;
      -*) ;;
      *)
        case "$at $word" in
          'qlara send' | 'qlara send sms' | 'qlara send rcs' | 'qlara send whatsapp' | 'qlara status' | 'qlara resolve' | 'qlara templates' | 'qlara templates list' | 'qlara templates show' | 'qlara templates preview' | 'qlara templates create' | 'qlara templates update' | 'qlara templates delete' | 'qlara templates watch' | 'qlara bulk' | 'qlara bulk list' | 'qlara bulk show' | 'qlara bulk resume' | 'qlara bulk stop' | 'qlara bulk retry' | 'qlara inbox' | 'qlara inbox list' | 'qlara inbox show' | 'qlara inbox reply' | 'qlara listen' | 'qlara webhook' | 'qlara webhook show' | 'qlara webhook set' | 'qlara webhook remove' | 'qlara check' | 'qlara channels' | 'qlara channels advise' | 'qlara optout' | 'qlara optout list' | 'qlara optout add' | 'qlara optout remove' | 'qlara optout import' | 'qlara credit' | 'qlara login' | 'qlara logout' | 'qlara whoami' | 'qlara profile' | 'qlara profile list' | 'qlara profile show' | 'qlara profile use' | 'qlara profile set' | 'qlara profile remove' | 'qlara sandbox' | 'qlara sandbox inbound' | 'qlara completion' | 'qlara help') at="$at $word" ;;
          *) behind=yes ;;
        esac
        ;;
    esac
  done
  if [[ -n $flag ]]; then
    [[ $cur == = ]] && cur=
    case $flag in
      --output | -o) words='table json ndjson csv' ;;
      --color) words='auto always never' ;;
      --profile) _qlara_known profiles ;;
      --dialect) words='partner' ;;
      --template) _qlara_known templates ;;
      --vars-file) _qlara_files ;;
      --file) _qlara_files ;;
      --status) words='queued submitted unknown sent received undelivered expired rejected delivered read in-doubt approved pending' ;;
      --channel) words='whatsapp rcs sms' ;;
      --bulk) _qlara_known bulks ;;
      --form) words='partner platform' ;;
      --state) _qlara_files ;;
      --webhook-shape) words='partner guide platform' ;;
    esac
  elif [[ $cur == -* ]]; then
    words='--output --json --columns --color --quiet --verbose --profile --sandbox --base-url --dialect --no-input --help --version'
    case $at in
      'qlara send') words+=' --to --message --template --country --from --var --vars-file --id --dry-run --simulate --wait --watch --timeout --override-opt-out --ignore-window --force --yes --file --map --rate --concurrency --name --skip-invalid --allow-duplicates --no-template-check --fallback' ;;
      'qlara send sms') words+=' --to --message --country --from --var --vars-file --id --dry-run --simulate --wait --watch --timeout --override-opt-out --ignore-window --force --yes --file --map --rate --concurrency --name --skip-invalid --allow-duplicates' ;;
      'qlara send rcs') words+=' --to --template --country --from --var --vars-file --id --dry-run --simulate --wait --watch --timeout --override-opt-out --ignore-window --force --yes --file --map --rate --concurrency --name --skip-invalid --allow-duplicates --no-template-check --fallback --message' ;;
      'qlara send whatsapp') words+=' --to --template --message --country --from --var --vars-file --id --dry-run --simulate --wait --watch --timeout --override-opt-out --ignore-window --force --yes --file --map --rate --concurrency --name --skip-invalid --allow-duplicates --no-template-check --fallback' ;;
      'qlara status') words+=' --watch --wait --interval --timeout --no-refresh --status --channel --since --bulk --limit' ;;
      'qlara resolve') words+=' --bulk --sent --not-sent --reason' ;;
      'qlara templates list') words+=' --channel --status --limit' ;;
      'qlara templates show') words+=' --channel' ;;
      'qlara templates preview') words+=' --channel --var --vars-file' ;;
      'qlara templates create') words+=' --channel' ;;
      'qlara templates update') words+=' --channel' ;;
      'qlara templates delete') words+=' --channel --yes' ;;
      'qlara templates watch') words+=' --channel --interval --timeout' ;;
      'qlara bulk show') words+=' --watch --wait --interval --timeout --refresh --status' ;;
      'qlara bulk resume') words+=' --wait --watch --timeout --yes' ;;
      'qlara bulk retry') words+=' --status --rate --concurrency --name --override-opt-out --ignore-window --force --wait --watch --timeout --yes' ;;
      'qlara inbox list') words+=' --unread --channel --since --limit --follow --interval --no-refresh' ;;
      'qlara inbox show') words+=' --channel --follow --interval --no-refresh --mark-read' ;;
      'qlara inbox reply') words+=' --message --channel --id --override-opt-out --ignore-window --force' ;;
      'qlara listen') words+=' --port --host --path --secret-path --allow --forward-to --register --form --yes' ;;
      'qlara webhook set') words+=' --form --yes' ;;
      'qlara webhook remove') words+=' --yes' ;;
      'qlara check') words+=' --message --to --template --var --country --from --file --map' ;;
      'qlara channels advise') words+=' --rich --android --reach --free-form --two-way' ;;
      'qlara optout add') words+=' --note --country' ;;
      'qlara optout remove') words+=' --country' ;;
      'qlara optout import') words+=' --map --skip-invalid --country --note' ;;
      'qlara login') words+=' --username --no-check' ;;
      'qlara profile remove') words+=' --yes' ;;
      'qlara sandbox') words+=' --port --host --speed --rate-limit --state --webhook-url --webhook-shape' ;;
      'qlara sandbox inbound') words+=' --from --country --message --channel --state' ;;
    esac
  else
    case $at in
      'qlara') words='send status resolve templates bulk inbox listen webhook check channels optout credit login logout whoami profile sandbox completion help' ;;
      'qlara send') words='sms rcs whatsapp' ;;
      'qlara status') _qlara_known ids ;;
      'qlara resolve') _qlara_known ids ;;
      'qlara templates') words='list show preview create update delete watch' ;;
      'qlara templates show') _qlara_known templates ;;
      'qlara templates preview') _qlara_known templates ;;
      'qlara templates create') _qlara_files ;;
      'qlara templates update') if [[ $behind ]]; then _qlara_files; else _qlara_known templates; fi ;;
      'qlara templates delete') _qlara_known templates ;;
      'qlara templates watch') _qlara_known templates ;;
      'qlara bulk') words='list show resume stop retry' ;;
      'qlara bulk show') _qlara_known bulks ;;
      'qlara bulk resume') _qlara_known bulks ;;
      'qlara bulk stop') _qlara_known bulks ;;
      'qlara bulk retry') _qlara_known bulks ;;
      'qlara inbox') words='list show reply' ;;
      'qlara webhook') words='show set remove' ;;
      'qlara channels') words='advise' ;;
      'qlara optout') words='list add remove import' ;;
      'qlara optout import') _qlara_files ;;
      'qlara profile') words='list show use set remove' ;;
      'qlara profile show') _qlara_known profiles ;;
      'qlara profile use') _qlara_known profiles ;;
      'qlara profile set') words='baseUrl dialect output from country rate grace agentId phoneNumberId stopWords startWords' ;;
      'qlara profile remove') _qlara_known profiles ;;
      'qlara sandbox') words='inbound' ;;
      'qlara completion') words='bash zsh fish powershell' ;;
      'qlara help') words='send status resolve templates bulk inbox listen webhook check channels optout credit login logout whoami profile sandbox completion exit-codes statuses terms environment formats files' ;;
    esac
  fi
  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
_qlara_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\n'
  COMPREPLY=($(compgen -f -- "$cur"))
}
_qlara_known() {
  compopt -o nosort 2>/dev/null
  # Behind a tab stands what is to be said of the word, for shells that show it.
  words=$("${COMP_WORDS[0]}" __complete "$1" "$cur" "${COMP_WORDS[@]}" 2>/dev/null | cut -f 1)
}
complete -F _qlara qlara
