# Completion of qlara for PowerShell, made by `npm run completions` from the commands: change those, not this file
Register-ArgumentCompleter -Native -CommandName qlara -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $children = @{
    'qlara' = @(
      , @('send', 'send messages on one channel, or with --fallback on WhatsApp, RCS and SMS in turn')
      , @('status', 'show the status of messages')
      , @('resolve', 'settle messages in doubt by hand, as sent or not sent')
      , @('templates', 'manage RCS and WhatsApp templates')
      , @('bulk', 'manage bulks: show, resume, stop and retry them')
      , @('inbox', 'list, read and answer conversations')
      , @('listen', 'receive webhooks: delivery receipts and inbound messages')
      , @('webhook', 'manage the webhook of the account')
      , @('check', 'check texts, numbers, templates and files without sending')
      , @('channels', 'compare the channels')
      , @('optout', 'manage opt-outs')
      , @('credit', 'show the account balance')
      , @('login', 'store an API key')
      , @('logout', 'remove the stored API key')
      , @('whoami', 'show the current profile and where its key comes from')
      , @('profile', 'manage profiles: named settings, keys and ledgers')
      , @('sandbox', 'run the embedded gateway as a server, for tests in any language')
      , @('completion', 'print a completion script for a shell')
      , @('help', 'show help for a command or a topic')
    )
    'qlara send' = @(
      , @('sms', 'send an SMS')
      , @('rcs', 'send an RCS template')
      , @('whatsapp', 'send a WhatsApp template or text')
    )
    'qlara templates' = @(
      , @('list', 'list templates')
      , @('show', 'show a template')
      , @('preview', 'preview a template as a phone would show it')
      , @('create', 'submit a template for approval')
      , @('update', 'update a template')
      , @('delete', 'delete a template')
      , @('watch', 'wait until a template is approved or rejected')
    )
    'qlara bulk' = @(
      , @('list', 'list bulks, newest first')
      , @('show', 'show the result of a bulk: totals, reasons, time to delivery')
      , @('resume', 'resume an interrupted or stopped bulk')
      , @('stop', 'stop a running bulk')
      , @('retry', 'send the failed messages of a bulk again')
    )
    'qlara inbox' = @(
      , @('list', 'list conversations, latest first')
      , @('show', 'show the messages of a conversation')
      , @('reply', 'reply to a conversation on its channel')
    )
    'qlara webhook' = @(
      , @('show', 'show the registered URL')
      , @('set', 'register a URL')
      , @('remove', 'remove the registered URL')
    )
    'qlara channels' = @(
      , @('advise', 'recommend a channel')
    )
    'qlara optout' = @(
      , @('list', 'list opt-outs, latest first')
      , @('add', 'opt numbers out')
      , @('remove', 'opt numbers in again')
      , @('import', 'import opt-outs from a file')
    )
    'qlara profile' = @(
      , @('list', 'list profiles')
      , @('show', 'show the settings of a profile')
      , @('use', 'choose the current profile')
      , @('set', 'change a setting of a profile')
      , @('remove', 'remove a profile')
    )
    'qlara sandbox' = @(
      , @('inbound', 'simulate an inbound message')
    )
    'qlara help' = @(
      , @('send', 'send messages on one channel, or with --fallback on WhatsApp, RCS and SMS in turn')
      , @('status', 'show the status of messages')
      , @('resolve', 'settle messages in doubt by hand, as sent or not sent')
      , @('templates', 'manage RCS and WhatsApp templates')
      , @('bulk', 'manage bulks: show, resume, stop and retry them')
      , @('inbox', 'list, read and answer conversations')
      , @('listen', 'receive webhooks: delivery receipts and inbound messages')
      , @('webhook', 'manage the webhook of the account')
      , @('check', 'check texts, numbers, templates and files without sending')
      , @('channels', 'compare the channels')
      , @('optout', 'manage opt-outs')
      , @('credit', 'show the account balance')
      , @('login', 'store an API key')
      , @('logout', 'remove the stored API key')
      , @('whoami', 'show the current profile and where its key comes from')
      , @('profile', 'manage profiles: named settings, keys and ledgers')
      , @('sandbox', 'run the embedded gateway as a server, for tests in any language')
      , @('completion', 'print a completion script for a shell')
      , @('exit-codes', 'help topic')
      , @('statuses', 'help topic')
      , @('terms', 'help topic')
      , @('environment', 'help topic')
      , @('formats', 'help topic')
      , @('files', 'help topic')
    )
  }
  $flags = @{
    'qlara send' = @(
      , @('--to', 'destination in E.164; repeatable or comma-separated')
      , @('--message', 'message text; {name} is a placeholder, - reads standard input')
      , @('--template', 'id of an approved template')
      , @('--country', 'country of numbers without a country code, for example IT')
      , @('--from', 'sender ID: up to 11 letters and digits, or up to 16 digits')
      , @('--var', 'value for a placeholder; repeatable')
      , @('--vars-file', 'JSON object with values for placeholders; - reads standard input')
      , @('--id', 'message id; a message is sent at most once per id')
      , @('--dry-run', 'show the plan and the exact HTTP request; send nothing')
      , @('--simulate', 'have the gateway validate the message without sending it')
      , @('--wait', 'wait until every message is final; the exit code tells the result')
      , @('--watch', 'like --wait, and show each change as it happens')
      , @('--timeout', 'maximum time to wait with --wait or --watch (default 5m)')
      , @('--override-opt-out', 'send even if the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'set both --override-opt-out and --ignore-window')
      , @('--yes', 'skip the confirmation prompt')
      , @('--file', 'CSV, TSV or JSON Lines file with one message per row; - reads standard input')
      , @('--map', 'read a field from this column, for example to=Telefono; repeatable')
      , @('--rate', 'maximum request rate, such as 20/s or 1000/m (default: the documented 50/s and 1000/m)')
      , @('--concurrency', 'maximum number of requests in flight (default 64)')
      , @('--name', 'label for this bulk; the same rows under another label are sent again')
      , @('--skip-invalid', 'send the valid rows; write the others to NAME.rejects.csv')
      , @('--allow-duplicates', 'send duplicate rows too')
      , @('--no-template-check', 'skip comparing the template with the gateway')
      , @('--fallback', 'let the gateway fall back to the next channel: WhatsApp, then RCS, then SMS')
    )
    'qlara send sms' = @(
      , @('--to', 'destination in E.164; repeatable or comma-separated')
      , @('--message', 'message text; {name} is a placeholder, - reads standard input')
      , @('--country', 'country of numbers without a country code, for example IT')
      , @('--from', 'sender ID: up to 11 letters and digits, or up to 16 digits')
      , @('--var', 'value for a placeholder; repeatable')
      , @('--vars-file', 'JSON object with values for placeholders; - reads standard input')
      , @('--id', 'message id; a message is sent at most once per id')
      , @('--dry-run', 'show the plan and the exact HTTP request; send nothing')
      , @('--simulate', 'have the gateway validate the message without sending it')
      , @('--wait', 'wait until every message is final; the exit code tells the result')
      , @('--watch', 'like --wait, and show each change as it happens')
      , @('--timeout', 'maximum time to wait with --wait or --watch (default 5m)')
      , @('--override-opt-out', 'send even if the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'set both --override-opt-out and --ignore-window')
      , @('--yes', 'skip the confirmation prompt')
      , @('--file', 'CSV, TSV or JSON Lines file with one message per row; - reads standard input')
      , @('--map', 'read a field from this column, for example to=Telefono; repeatable')
      , @('--rate', 'maximum request rate, such as 20/s or 1000/m (default: the documented 50/s and 1000/m)')
      , @('--concurrency', 'maximum number of requests in flight (default 64)')
      , @('--name', 'label for this bulk; the same rows under another label are sent again')
      , @('--skip-invalid', 'send the valid rows; write the others to NAME.rejects.csv')
      , @('--allow-duplicates', 'send duplicate rows too')
    )
    'qlara send rcs' = @(
      , @('--to', 'destination in E.164; repeatable or comma-separated')
      , @('--template', 'id of an approved template')
      , @('--country', 'country of numbers without a country code, for example IT')
      , @('--from', 'sender ID: up to 11 letters and digits, or up to 16 digits')
      , @('--var', 'value for a placeholder; repeatable')
      , @('--vars-file', 'JSON object with values for placeholders; - reads standard input')
      , @('--id', 'message id; a message is sent at most once per id')
      , @('--dry-run', 'show the plan and the exact HTTP request; send nothing')
      , @('--simulate', 'have the gateway validate the message without sending it')
      , @('--wait', 'wait until every message is final; the exit code tells the result')
      , @('--watch', 'like --wait, and show each change as it happens')
      , @('--timeout', 'maximum time to wait with --wait or --watch (default 5m)')
      , @('--override-opt-out', 'send even if the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'set both --override-opt-out and --ignore-window')
      , @('--yes', 'skip the confirmation prompt')
      , @('--file', 'CSV, TSV or JSON Lines file with one message per row; - reads standard input')
      , @('--map', 'read a field from this column, for example to=Telefono; repeatable')
      , @('--rate', 'maximum request rate, such as 20/s or 1000/m (default: the documented 50/s and 1000/m)')
      , @('--concurrency', 'maximum number of requests in flight (default 64)')
      , @('--name', 'label for this bulk; the same rows under another label are sent again')
      , @('--skip-invalid', 'send the valid rows; write the others to NAME.rejects.csv')
      , @('--allow-duplicates', 'send duplicate rows too')
      , @('--no-template-check', 'skip comparing the template with the gateway')
      , @('--fallback', 'let the gateway fall back to the next channel: WhatsApp, then RCS, then SMS')
      , @('--message', 'message text; {name} is a placeholder, - reads standard input')
    )
    'qlara send whatsapp' = @(
      , @('--to', 'destination in E.164; repeatable or comma-separated')
      , @('--template', 'id of an approved template')
      , @('--message', 'message text; {name} is a placeholder, - reads standard input')
      , @('--country', 'country of numbers without a country code, for example IT')
      , @('--from', 'sender ID: up to 11 letters and digits, or up to 16 digits')
      , @('--var', 'value for a placeholder; repeatable')
      , @('--vars-file', 'JSON object with values for placeholders; - reads standard input')
      , @('--id', 'message id; a message is sent at most once per id')
      , @('--dry-run', 'show the plan and the exact HTTP request; send nothing')
      , @('--simulate', 'have the gateway validate the message without sending it')
      , @('--wait', 'wait until every message is final; the exit code tells the result')
      , @('--watch', 'like --wait, and show each change as it happens')
      , @('--timeout', 'maximum time to wait with --wait or --watch (default 5m)')
      , @('--override-opt-out', 'send even if the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'set both --override-opt-out and --ignore-window')
      , @('--yes', 'skip the confirmation prompt')
      , @('--file', 'CSV, TSV or JSON Lines file with one message per row; - reads standard input')
      , @('--map', 'read a field from this column, for example to=Telefono; repeatable')
      , @('--rate', 'maximum request rate, such as 20/s or 1000/m (default: the documented 50/s and 1000/m)')
      , @('--concurrency', 'maximum number of requests in flight (default 64)')
      , @('--name', 'label for this bulk; the same rows under another label are sent again')
      , @('--skip-invalid', 'send the valid rows; write the others to NAME.rejects.csv')
      , @('--allow-duplicates', 'send duplicate rows too')
      , @('--no-template-check', 'skip comparing the template with the gateway')
      , @('--fallback', 'let the gateway fall back to the next channel: WhatsApp, then RCS, then SMS')
    )
    'qlara status' = @(
      , @('--watch', 'like --wait, and show each change as it happens')
      , @('--wait', 'wait until every message is final; the exit code tells the result')
      , @('--interval', 'how often to ask the gateway (default 2s)')
      , @('--timeout', 'maximum time to wait with --wait or --watch (default 5m)')
      , @('--no-refresh', 'show recorded data without asking the gateway')
      , @('--status', 'filter by status; in-doubt selects messages in doubt')
      , @('--channel', 'filter by channel: whatsapp, rcs, sms')
      , @('--since', 'only messages created since a time: 1h, 7d or ISO 8601')
      , @('--bulk', 'only messages of this bulk')
      , @('--limit', 'maximum number of messages, newest first (default 20 without ids)')
    )
    'qlara resolve' = @(
      , @('--bulk', 'settle every message of this bulk that is in doubt')
      , @('--sent', 'record the messages as submitted: the gateway accepted them')
      , @('--not-sent', 'queue the messages again: the gateway did not accept them')
      , @('--reason', 'how you know; recorded with each message')
    )
    'qlara templates list' = @(
      , @('--channel', 'filter by channel: rcs or whatsapp')
      , @('--status', 'filter by status: approved, pending, rejected, unknown')
      , @('--limit', 'maximum number of templates')
    )
    'qlara templates show' = @(
      , @('--channel', 'channel of the template: rcs or whatsapp')
    )
    'qlara templates preview' = @(
      , @('--channel', 'channel of the template: rcs or whatsapp')
      , @('--var', 'value for a placeholder; repeatable')
      , @('--vars-file', 'JSON object with values for placeholders; - reads standard input')
    )
    'qlara templates create' = @(
      , @('--channel', 'channel of the template: rcs or whatsapp')
    )
    'qlara templates update' = @(
      , @('--channel', 'channel of the template: rcs or whatsapp')
    )
    'qlara templates delete' = @(
      , @('--channel', 'channel of the template: rcs or whatsapp')
      , @('--yes', 'skip the confirmation prompt')
    )
    'qlara templates watch' = @(
      , @('--channel', 'channel of the template: rcs or whatsapp')
      , @('--interval', 'how often to ask the gateway (default 2s)')
      , @('--timeout', 'maximum time to wait (default 5m)')
    )
    'qlara bulk show' = @(
      , @('--watch', 'like --wait, and show each change as it happens')
      , @('--wait', 'wait until every message is final; the exit code tells the result')
      , @('--interval', 'how often to ask the gateway (default 2s)')
      , @('--timeout', 'maximum time to wait with --wait or --watch (default 5m)')
      , @('--refresh', 'ask the gateway about open messages first')
      , @('--status', 'filter by status; in-doubt selects messages in doubt')
    )
    'qlara bulk resume' = @(
      , @('--wait', 'wait until every message is final; the exit code tells the result')
      , @('--watch', 'like --wait, and show each change as it happens')
      , @('--timeout', 'maximum time to wait with --wait or --watch (default 5m)')
      , @('--yes', 'skip the confirmation prompt')
    )
    'qlara bulk retry' = @(
      , @('--status', 'filter by status: undelivered, expired, rejected (default: all three)')
      , @('--rate', 'maximum request rate, such as 20/s or 1000/m (default: same as the first run)')
      , @('--concurrency', 'maximum number of requests in flight (default: same as the first run)')
      , @('--name', 'label for the new bulk')
      , @('--override-opt-out', 'send even if the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'set both --override-opt-out and --ignore-window')
      , @('--wait', 'wait until every message is final; the exit code tells the result')
      , @('--watch', 'like --wait, and show each change as it happens')
      , @('--timeout', 'maximum time to wait with --wait or --watch (default 5m)')
      , @('--yes', 'skip the confirmation prompt')
    )
    'qlara inbox list' = @(
      , @('--unread', 'only conversations with unread messages')
      , @('--channel', 'filter by channel: whatsapp, rcs, sms')
      , @('--since', 'only conversations with a message since a time: 1h, 7d or ISO 8601')
      , @('--limit', 'maximum number of conversations, latest first (default 50)')
      , @('--follow', 'keep running and print what is new, until Ctrl-C')
      , @('--interval', 'with --follow, how often to ask the gateway (default 5s)')
      , @('--no-refresh', 'show recorded data without asking the gateway')
    )
    'qlara inbox show' = @(
      , @('--channel', 'choose among several conversations with one number: whatsapp, rcs, sms')
      , @('--follow', 'keep running and print what is new, until Ctrl-C')
      , @('--interval', 'with --follow, how often to ask the gateway (default 5s)')
      , @('--no-refresh', 'show recorded data without asking the gateway')
      , @('--mark-read', 'mark the conversation as read at the gateway')
    )
    'qlara inbox reply' = @(
      , @('--message', 'message text; - reads standard input')
      , @('--channel', 'choose among several conversations with one number: whatsapp, rcs, sms')
      , @('--id', 'message id; a message is sent at most once per id')
      , @('--override-opt-out', 'send even if the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'set both --override-opt-out and --ignore-window')
    )
    'qlara listen' = @(
      , @('--port', 'port to listen on (default 8081; 0 picks a free one)')
      , @('--host', 'address to listen on (default 127.0.0.1)')
      , @('--path', 'path to accept calls on, for example /hooks/qlara (default: a secret path)')
      , @('--secret-path', 'append a secret segment to --path')
      , @('--allow', 'accept only these addresses: 192.0.2.7, 192.0.2.0/24; repeatable')
      , @('--forward-to', 'forward each call to this URL and retry until it is accepted; repeatable')
      , @('--register', 'register this public URL at the gateway; restore the previous one on exit')
      , @('--form', 'registration to use: partner (older, default) or platform (newer)')
      , @('--yes', 'skip the confirmation prompt')
    )
    'qlara webhook set' = @(
      , @('--form', 'registration to use: partner (older, default) or platform (newer)')
      , @('--yes', 'skip the confirmation prompt')
    )
    'qlara webhook remove' = @(
      , @('--yes', 'skip the confirmation prompt')
    )
    'qlara check' = @(
      , @('--message', 'message text; {name} is a placeholder, - reads standard input')
      , @('--to', 'destination in E.164; repeatable or comma-separated')
      , @('--template', 'id of an approved template')
      , @('--var', 'value for a placeholder; repeatable')
      , @('--country', 'country of numbers without a country code, for example IT')
      , @('--from', 'sender ID: up to 11 letters and digits, or up to 16 digits')
      , @('--file', 'CSV, TSV or JSON Lines file with one message per row; - reads standard input')
      , @('--map', 'read a field from this column, for example to=Telefono; repeatable')
    )
    'qlara channels advise' = @(
      , @('--rich', 'send images, cards or buttons')
      , @('--android', 'reach Android phones')
      , @('--reach', 'reach as many people as possible')
      , @('--free-form', 'send any text, without a template')
      , @('--two-way', 'let people reply')
    )
    'qlara optout add' = @(
      , @('--note', 'note to record with the opt-out')
      , @('--country', 'country of numbers without a country code, for example IT')
    )
    'qlara optout remove' = @(
      , @('--country', 'country of numbers without a country code, for example IT')
    )
    'qlara optout import' = @(
      , @('--map', 'read a field from this column, for example to=Telefono; repeatable')
      , @('--skip-invalid', 'skip rows without a number and import the rest')
      , @('--country', 'country of numbers without a country code, for example IT')
      , @('--note', 'note to record with the opt-out')
    )
    'qlara login' = @(
      , @('--username', 'log in with a user name; the password is prompted for or read from standard input')
      , @('--no-check', 'store the key without testing it at the gateway')
    )
    'qlara profile remove' = @(
      , @('--yes', 'skip the confirmation prompt')
    )
    'qlara sandbox' = @(
      , @('--port', 'port to listen on (default 8080; 0 picks a free one)')
      , @('--host', 'address to listen on (default 127.0.0.1)')
      , @('--speed', 'deliver messages this many times faster (default 1)')
      , @('--rate-limit', 'enforce the documented limits: 50 requests per second, 1,000 per minute')
      , @('--state', 'where to keep messages: a file, or memory (default: the file of --sandbox)')
      , @('--webhook-url', 'URL to call with receipts and inbound messages: https, or http on this machine')
      , @('--webhook-shape', 'format of these calls: partner, guide, platform (default: as registered; partner for --webhook-url)')
    )
    'qlara sandbox inbound' = @(
      , @('--from', 'number that writes, in E.164')
      , @('--country', 'country of numbers without a country code, for example IT')
      , @('--message', 'text of the message; - reads standard input')
      , @('--channel', 'channel of the message: whatsapp, rcs, sms (default whatsapp)')
      , @('--state', 'where to keep messages: a file, or memory (default: the file of --sandbox)')
    )
  }
  $common = @(
    , @('--output', 'output format: table, json, ndjson or csv')
    , @('--json', 'same as --output json')
    , @('--columns', 'print only these columns, in this order')
    , @('--color', 'when to use colour: auto, always or never')
    , @('--quiet', 'do not print notes and progress')
    , @('--verbose', 'print each HTTP exchange to stderr, without secrets and message text')
    , @('--profile', 'profile to use, with its settings, key and ledger')
    , @('--sandbox', 'use the embedded gateway; nothing leaves this machine')
    , @('--base-url', 'base URL of the gateway')
    , @('--dialect', 'dialect of the gateway''s API: partner')
    , @('--no-input', 'never prompt')
    , @('--help', 'show help')
    , @('--version', 'print the version')
  )
  $operands = @{
    'qlara status' = 'ids'
    'qlara resolve' = 'ids'
    'qlara templates show' = 'templates'
    'qlara templates preview' = 'templates'
    'qlara templates create' = @()
    'qlara templates update' = 'templates'
    'qlara templates delete' = 'templates'
    'qlara templates watch' = 'templates'
    'qlara bulk show' = 'bulks'
    'qlara bulk resume' = 'bulks'
    'qlara bulk stop' = 'bulks'
    'qlara bulk retry' = 'bulks'
    'qlara inbox show' = @()
    'qlara inbox reply' = @()
    'qlara webhook set' = @()
    'qlara optout add' = @()
    'qlara optout remove' = @()
    'qlara optout import' = @()
    'qlara profile show' = 'profiles'
    'qlara profile use' = 'profiles'
    'qlara profile set' = @('baseUrl', 'dialect', 'output', 'from', 'country', 'rate', 'grace', 'agentId', 'phoneNumberId', 'stopWords', 'startWords')
    'qlara profile remove' = 'profiles'
    'qlara completion' = @('bash', 'zsh', 'fish', 'powershell')
  }
  # Commands whose second word is a file.
  $firstOnly = @('qlara templates update')
  $values = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
  $values['--output'] = @('table', 'json', 'ndjson', 'csv')
  $values['-o'] = @('table', 'json', 'ndjson', 'csv')
  $values['--columns'] = @()
  $values['--color'] = @('auto', 'always', 'never')
  $values['--profile'] = 'profiles'
  $values['--base-url'] = @()
  $values['--dialect'] = @('partner')
  $values['--to'] = @()
  $values['-t'] = @()
  $values['--message'] = @()
  $values['-m'] = @()
  $values['--template'] = 'templates'
  $values['--country'] = @()
  $values['--from'] = @()
  $values['--var'] = @()
  $values['--vars-file'] = @()
  $values['--id'] = @()
  $values['--timeout'] = @()
  $values['--override-opt-out'] = @()
  $values['--ignore-window'] = @()
  $values['--force'] = @()
  $values['--file'] = @()
  $values['--map'] = @()
  $values['--rate'] = @()
  $values['--concurrency'] = @()
  $values['--name'] = @()
  $values['--interval'] = @()
  $values['--status'] = @('queued', 'submitted', 'unknown', 'sent', 'received', 'undelivered', 'expired', 'rejected', 'delivered', 'read', 'in-doubt', 'approved', 'pending')
  $values['--channel'] = @('whatsapp', 'rcs', 'sms')
  $values['--since'] = @()
  $values['--bulk'] = 'bulks'
  $values['--limit'] = @()
  $values['--reason'] = @()
  $values['--port'] = @()
  $values['--host'] = @()
  $values['--path'] = @()
  $values['--allow'] = @()
  $values['--forward-to'] = @()
  $values['--register'] = @()
  $values['--form'] = @('partner', 'platform')
  $values['--note'] = @()
  $values['--username'] = @()
  $values['--speed'] = @()
  $values['--state'] = @()
  $values['--webhook-url'] = @()
  $values['--webhook-shape'] = @('partner', 'guide', 'platform')

  # The command before the cursor, and the flag whose value the cursor is on.
  $before = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or
      ($wordToComplete -eq '' -and $_.Extent.EndOffset -le $cursorPosition) } |
    ForEach-Object { $_.Extent.Text })
  $at = 'qlara'
  $flag = $null
  $behind = $false
  foreach ($word in @($before | Select-Object -Skip 1)) {
    if ($flag) { $flag = $null; continue }
    if ($values.ContainsKey($word)) { $flag = $word; continue }
    if ($word.StartsWith('-')) { continue }
    if ($children[$at] | Where-Object { $_[0] -ceq $word }) { $at = "$at $word" } else { $behind = $true }
  }
  function Offer($name, $summary, $kind) {
    if ($name.StartsWith($wordToComplete)) {
      [System.Management.Automation.CompletionResult]::new($name, $name, $kind, $summary)
    }
  }
  function OfferAll($offers) {
    # Nothing at all lets PowerShell offer files.
    if ($offers -is [string]) {
      # An empty word would be left away.
      $prefix = if ($wordToComplete) { $wordToComplete } else { '""' }
      & $before[0] __complete $offers $prefix @before 2>$null |
        ForEach-Object {
          # Behind a tab stands what is to be said of the word.
          $parts = $_.Split([char]9)
          Offer $parts[0] $parts[-1] 'ParameterValue'
        }
    } else {
      $offers | Where-Object { $_ } | ForEach-Object { Offer $_ $_ 'ParameterValue' }
    }
  }
  if ($flag) { OfferAll $values[$flag] }
  elseif ($wordToComplete.StartsWith('-')) {
    @($common) + @($flags[$at]) | Where-Object { $_ } | ForEach-Object { Offer $_[0] $_[1] 'ParameterName' }
  }
  elseif ($children[$at]) { $children[$at] | ForEach-Object { Offer $_[0] $_[1] 'ParameterValue' } }
  elseif (-not ($behind -and $firstOnly -ccontains $at)) { OfferAll $operands[$at] }
}
