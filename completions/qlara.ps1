# Completion of qlara for PowerShell, made by `npm run completions` from the commands: change those, not this file
Register-ArgumentCompleter -Native -CommandName qlara -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $children = @{
    'qlara' = @(
      , @('send', 'send messages: on one channel, or with --fallback on WhatsApp, RCS and SMS in turn')
      , @('status', 'show what became of messages')
      , @('resolve', 'settle messages in doubt by hand: they were sent, or they were not')
      , @('templates', 'templates of RCS and WhatsApp: list, preview, create, change')
      , @('bulk', 'sends of many rows: see them, go on with them, stop them, retry what failed')
      , @('inbox', 'what people write: list conversations, read them, answer')
      , @('listen', 'receive webhooks: deliveries and what people write, as they happen')
      , @('webhook', 'where the gateway tells what happens: show, set, remove')
      , @('check', 'check texts, numbers, a file of them: encoding, parts, problems; sends nothing')
      , @('channels', 'what each channel can do')
      , @('optout', 'who wants no messages: every send leaves them out')
      , @('credit', 'show the balance of the account')
      , @('login', 'store a key of the gateway')
      , @('logout', 'forget the stored key')
      , @('whoami', 'show the profile in use, and where its key comes from')
      , @('profile', 'settings and keys under a name')
      , @('sandbox', 'run the embedded gateway as a server, for tests in any language')
      , @('completion', 'print a script that lets a shell complete what is typed')
      , @('help', 'help on a command or a topic')
    )
    'qlara send' = @(
      , @('sms', 'send an SMS')
      , @('rcs', 'send an RCS template')
      , @('whatsapp', 'send a WhatsApp template or text')
    )
    'qlara templates' = @(
      , @('list', 'list templates')
      , @('show', 'show what a template is')
      , @('preview', 'draw a template as a phone would show it')
      , @('create', 'submit a template for approval')
      , @('update', 'change a template')
      , @('delete', 'delete a template')
      , @('watch', 'wait until a template is approved')
    )
    'qlara bulk' = @(
      , @('list', 'list the bulks, the newest first')
      , @('show', 'show what became of a bulk: totals, reasons, time to delivery')
      , @('resume', 'go on with a bulk that was cut short or stopped')
      , @('stop', 'stop a bulk that is being sent')
      , @('retry', 'send the messages of a bulk that failed once more')
    )
    'qlara inbox' = @(
      , @('list', 'list conversations, the latest first')
      , @('show', 'show what was said in a conversation')
      , @('reply', 'answer on the channel of the conversation')
    )
    'qlara webhook' = @(
      , @('show', 'show the address the gateway calls')
      , @('set', 'have the gateway call an address')
      , @('remove', 'have the gateway call nobody')
    )
    'qlara channels' = @(
      , @('advise', 'say which channel to use, and why')
    )
    'qlara optout' = @(
      , @('list', 'list who has opted out, the latest first')
      , @('add', 'note that somebody wants no messages')
      , @('remove', 'note that somebody wants messages again')
      , @('import', 'note a list of those who want no messages')
    )
    'qlara profile' = @(
      , @('list', 'list the profiles')
      , @('show', 'show the settings of a profile')
      , @('use', 'choose the profile to use where none is named')
      , @('set', 'change a setting of a profile')
      , @('remove', 'remove a profile')
    )
    'qlara sandbox' = @(
      , @('inbound', 'play a message that somebody writes')
    )
    'qlara help' = @(
      , @('send', 'send messages: on one channel, or with --fallback on WhatsApp, RCS and SMS in turn')
      , @('status', 'show what became of messages')
      , @('resolve', 'settle messages in doubt by hand: they were sent, or they were not')
      , @('templates', 'templates of RCS and WhatsApp: list, preview, create, change')
      , @('bulk', 'sends of many rows: see them, go on with them, stop them, retry what failed')
      , @('inbox', 'what people write: list conversations, read them, answer')
      , @('listen', 'receive webhooks: deliveries and what people write, as they happen')
      , @('webhook', 'where the gateway tells what happens: show, set, remove')
      , @('check', 'check texts, numbers, a file of them: encoding, parts, problems; sends nothing')
      , @('channels', 'what each channel can do')
      , @('optout', 'who wants no messages: every send leaves them out')
      , @('credit', 'show the balance of the account')
      , @('login', 'store a key of the gateway')
      , @('logout', 'forget the stored key')
      , @('whoami', 'show the profile in use, and where its key comes from')
      , @('profile', 'settings and keys under a name')
      , @('sandbox', 'run the embedded gateway as a server, for tests in any language')
      , @('completion', 'print a script that lets a shell complete what is typed')
      , @('exit-codes', 'a topic of help')
      , @('statuses', 'a topic of help')
      , @('environment', 'a topic of help')
      , @('formats', 'a topic of help')
      , @('files', 'a topic of help')
    )
  }
  $flags = @{
    'qlara send' = @(
      , @('--to', 'destination in E.164; repeatable, commas allowed')
      , @('--message', 'the text; {name} is a placeholder, - reads standard input')
      , @('--template', 'an approved template')
      , @('--country', 'country of numbers without a country code, such as IT')
      , @('--from', 'sender ID: up to 11 letters and digits, or up to 16 digits')
      , @('--var', 'value of a placeholder; repeatable')
      , @('--vars-file', 'values of placeholders, a JSON object; - reads standard input')
      , @('--id', 'id of this message: under one id a message is sent at most once')
      , @('--dry-run', 'show the plan and the exact HTTP request; send nothing')
      , @('--simulate', 'let the gateway validate the message and not send it')
      , @('--wait', 'until every message is final; the exit code says how it ended')
      , @('--watch', 'like --wait, and show every change')
      , @('--timeout', 'how long --wait and --watch last (default 5m)')
      , @('--override-opt-out', 'send although the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'short for --override-opt-out and --ignore-window')
      , @('--yes', 'ask for no confirmation')
      , @('--file', 'rows of CSV, TSV or JSON Lines, each a message; - reads standard input')
      , @('--map', 'the column that a field is in: to=Telefono; repeatable')
      , @('--rate', 'at most so many requests, 20/s or 1000/m (default 50/s and 1000/m, as documented)')
      , @('--concurrency', 'requests under way at once (default 64)')
      , @('--name', 'what to call it; the same rows under another name are another bulk')
      , @('--skip-invalid', 'send the rest where rows are invalid; those go to NAME.rejects.csv')
      , @('--allow-duplicates', 'send rows that are alike in destination and content each time they stand there')
      , @('--no-template-check', 'skip comparing the template with the gateway')
      , @('--fallback', 'let the gateway try the next channel: WhatsApp, then RCS, then SMS')
    )
    'qlara send sms' = @(
      , @('--to', 'destination in E.164; repeatable, commas allowed')
      , @('--message', 'the text; {name} is a placeholder, - reads standard input')
      , @('--country', 'country of numbers without a country code, such as IT')
      , @('--from', 'sender ID: up to 11 letters and digits, or up to 16 digits')
      , @('--var', 'value of a placeholder; repeatable')
      , @('--vars-file', 'values of placeholders, a JSON object; - reads standard input')
      , @('--id', 'id of this message: under one id a message is sent at most once')
      , @('--dry-run', 'show the plan and the exact HTTP request; send nothing')
      , @('--simulate', 'let the gateway validate the message and not send it')
      , @('--wait', 'until every message is final; the exit code says how it ended')
      , @('--watch', 'like --wait, and show every change')
      , @('--timeout', 'how long --wait and --watch last (default 5m)')
      , @('--override-opt-out', 'send although the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'short for --override-opt-out and --ignore-window')
      , @('--yes', 'ask for no confirmation')
      , @('--file', 'rows of CSV, TSV or JSON Lines, each a message; - reads standard input')
      , @('--map', 'the column that a field is in: to=Telefono; repeatable')
      , @('--rate', 'at most so many requests, 20/s or 1000/m (default 50/s and 1000/m, as documented)')
      , @('--concurrency', 'requests under way at once (default 64)')
      , @('--name', 'what to call it; the same rows under another name are another bulk')
      , @('--skip-invalid', 'send the rest where rows are invalid; those go to NAME.rejects.csv')
      , @('--allow-duplicates', 'send rows that are alike in destination and content each time they stand there')
    )
    'qlara send rcs' = @(
      , @('--to', 'destination in E.164; repeatable, commas allowed')
      , @('--template', 'an approved template')
      , @('--country', 'country of numbers without a country code, such as IT')
      , @('--from', 'sender ID: up to 11 letters and digits, or up to 16 digits')
      , @('--var', 'value of a placeholder; repeatable')
      , @('--vars-file', 'values of placeholders, a JSON object; - reads standard input')
      , @('--id', 'id of this message: under one id a message is sent at most once')
      , @('--dry-run', 'show the plan and the exact HTTP request; send nothing')
      , @('--simulate', 'let the gateway validate the message and not send it')
      , @('--wait', 'until every message is final; the exit code says how it ended')
      , @('--watch', 'like --wait, and show every change')
      , @('--timeout', 'how long --wait and --watch last (default 5m)')
      , @('--override-opt-out', 'send although the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'short for --override-opt-out and --ignore-window')
      , @('--yes', 'ask for no confirmation')
      , @('--file', 'rows of CSV, TSV or JSON Lines, each a message; - reads standard input')
      , @('--map', 'the column that a field is in: to=Telefono; repeatable')
      , @('--rate', 'at most so many requests, 20/s or 1000/m (default 50/s and 1000/m, as documented)')
      , @('--concurrency', 'requests under way at once (default 64)')
      , @('--name', 'what to call it; the same rows under another name are another bulk')
      , @('--skip-invalid', 'send the rest where rows are invalid; those go to NAME.rejects.csv')
      , @('--allow-duplicates', 'send rows that are alike in destination and content each time they stand there')
      , @('--no-template-check', 'skip comparing the template with the gateway')
      , @('--fallback', 'let the gateway try the next channel: WhatsApp, then RCS, then SMS')
      , @('--message', 'the text; {name} is a placeholder, - reads standard input')
    )
    'qlara send whatsapp' = @(
      , @('--to', 'destination in E.164; repeatable, commas allowed')
      , @('--template', 'an approved template')
      , @('--message', 'the text; {name} is a placeholder, - reads standard input')
      , @('--country', 'country of numbers without a country code, such as IT')
      , @('--from', 'sender ID: up to 11 letters and digits, or up to 16 digits')
      , @('--var', 'value of a placeholder; repeatable')
      , @('--vars-file', 'values of placeholders, a JSON object; - reads standard input')
      , @('--id', 'id of this message: under one id a message is sent at most once')
      , @('--dry-run', 'show the plan and the exact HTTP request; send nothing')
      , @('--simulate', 'let the gateway validate the message and not send it')
      , @('--wait', 'until every message is final; the exit code says how it ended')
      , @('--watch', 'like --wait, and show every change')
      , @('--timeout', 'how long --wait and --watch last (default 5m)')
      , @('--override-opt-out', 'send although the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'short for --override-opt-out and --ignore-window')
      , @('--yes', 'ask for no confirmation')
      , @('--file', 'rows of CSV, TSV or JSON Lines, each a message; - reads standard input')
      , @('--map', 'the column that a field is in: to=Telefono; repeatable')
      , @('--rate', 'at most so many requests, 20/s or 1000/m (default 50/s and 1000/m, as documented)')
      , @('--concurrency', 'requests under way at once (default 64)')
      , @('--name', 'what to call it; the same rows under another name are another bulk')
      , @('--skip-invalid', 'send the rest where rows are invalid; those go to NAME.rejects.csv')
      , @('--allow-duplicates', 'send rows that are alike in destination and content each time they stand there')
      , @('--no-template-check', 'skip comparing the template with the gateway')
      , @('--fallback', 'let the gateway try the next channel: WhatsApp, then RCS, then SMS')
    )
    'qlara status' = @(
      , @('--watch', 'like --wait, and show every change')
      , @('--wait', 'until every message is final; the exit code says how it ended')
      , @('--interval', 'time between two questions to the gateway (default 2s)')
      , @('--timeout', 'how long --wait and --watch last (default 5m)')
      , @('--no-refresh', 'show what is known here; do not ask the gateway')
      , @('--status', 'only messages with these statuses, or in doubt (in-doubt)')
      , @('--channel', 'only messages on this channel: whatsapp, rcs, sms')
      , @('--since', 'only messages made since: 1h, 7d, or ISO 8601')
      , @('--bulk', 'only messages of this bulk')
      , @('--limit', 'at most so many, the newest (default 20 without ids)')
    )
    'qlara resolve' = @(
      , @('--bulk', 'all messages of this bulk that are in doubt')
      , @('--sent', 'the gateway accepted them: record them as submitted')
      , @('--not-sent', 'the gateway did not accept them: queue them again')
      , @('--reason', 'how you know; it is recorded with each message')
    )
    'qlara templates list' = @(
      , @('--channel', 'only templates of this channel: rcs or whatsapp')
      , @('--status', 'only templates that are approved, pending, rejected, unknown')
      , @('--limit', 'at most so many')
    )
    'qlara templates show' = @(
      , @('--channel', 'the channel of the template: rcs or whatsapp')
    )
    'qlara templates preview' = @(
      , @('--channel', 'the channel of the template: rcs or whatsapp')
      , @('--var', 'value of a placeholder; repeatable')
      , @('--vars-file', 'values of placeholders, a JSON object; - reads standard input')
    )
    'qlara templates create' = @(
      , @('--channel', 'the channel of the template: rcs or whatsapp')
    )
    'qlara templates update' = @(
      , @('--channel', 'the channel of the template: rcs or whatsapp')
    )
    'qlara templates delete' = @(
      , @('--channel', 'the channel of the template: rcs or whatsapp')
      , @('--yes', 'ask for no confirmation')
    )
    'qlara templates watch' = @(
      , @('--channel', 'the channel of the template: rcs or whatsapp')
      , @('--interval', 'time between two questions to the gateway (default 2s)')
      , @('--timeout', 'how long to wait (default 5m)')
    )
    'qlara bulk show' = @(
      , @('--watch', 'like --wait, and show every change')
      , @('--wait', 'until every message is final; the exit code says how it ended')
      , @('--interval', 'time between two questions to the gateway (default 2s)')
      , @('--timeout', 'how long --wait and --watch last (default 5m)')
      , @('--refresh', 'ask the gateway about those on their way first; else what is known here is shown')
      , @('--status', 'only messages with these statuses, or in doubt (in-doubt)')
    )
    'qlara bulk resume' = @(
      , @('--wait', 'until every message is final; the exit code says how it ended')
      , @('--watch', 'like --wait, and show every change')
      , @('--timeout', 'how long --wait and --watch last (default 5m)')
      , @('--yes', 'ask for no confirmation')
    )
    'qlara bulk retry' = @(
      , @('--status', 'only messages that are undelivered, expired, rejected (default: all of these)')
      , @('--rate', 'at most so many requests, 20/s or 1000/m (default: as the first time)')
      , @('--concurrency', 'requests under way at once (default: as the first time)')
      , @('--name', 'what to call the new bulk')
      , @('--override-opt-out', 'send although the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'short for --override-opt-out and --ignore-window')
      , @('--wait', 'until every message is final; the exit code says how it ended')
      , @('--watch', 'like --wait, and show every change')
      , @('--timeout', 'how long --wait and --watch last (default 5m)')
      , @('--yes', 'ask for no confirmation')
    )
    'qlara inbox list' = @(
      , @('--unread', 'only conversations with messages nobody has read')
      , @('--channel', 'only conversations on this channel: whatsapp, rcs, sms')
      , @('--since', 'only those in which something was said since: 1h, 7d, or ISO 8601')
      , @('--limit', 'at most so many, the latest (default 50)')
      , @('--follow', 'go on and tell what comes, until Ctrl-C')
      , @('--interval', 'with --follow: time between two questions to the gateway (default 5s)')
      , @('--no-refresh', 'show what is known here; do not ask the gateway')
    )
    'qlara inbox show' = @(
      , @('--channel', 'which conversation, where there are several with one number: whatsapp, rcs, sms')
      , @('--follow', 'go on and tell what comes, until Ctrl-C')
      , @('--interval', 'with --follow: time between two questions to the gateway (default 5s)')
      , @('--no-refresh', 'show what is known here; do not ask the gateway')
      , @('--mark-read', 'tell the gateway that all of it is read')
    )
    'qlara inbox reply' = @(
      , @('--message', 'the text; - reads standard input')
      , @('--channel', 'which conversation, where there are several with one number: whatsapp, rcs, sms')
      , @('--id', 'id of this message: under one id a message is sent at most once')
      , @('--override-opt-out', 'send although the recipient opted out; the reason is recorded')
      , @('--ignore-window', 'send free-form WhatsApp outside the 24-hour window; the reason is recorded')
      , @('--force', 'short for --override-opt-out and --ignore-window')
    )
    'qlara listen' = @(
      , @('--port', 'port to listen on (default 8081; 0 picks a free one)')
      , @('--host', 'address to listen on (default 127.0.0.1)')
      , @('--path', 'where calls are taken: /hooks/qlara (default: a path that nobody can guess)')
      , @('--secret-path', 'add to --path a part that nobody can guess')
      , @('--allow', 'only callers from these addresses: 192.0.2.7, 192.0.2.0/24; repeatable')
      , @('--forward-to', 'pass each call on to this address too, until it is taken; repeatable')
      , @('--register', 'have the gateway call this public address, and put the one before back at the end')
      , @('--form', 'register the older way (partner, the default) or the newer one (platform)')
      , @('--yes', 'ask for no confirmation')
    )
    'qlara webhook set' = @(
      , @('--form', 'register the older way (partner, the default) or the newer one (platform)')
      , @('--yes', 'ask for no confirmation')
    )
    'qlara webhook remove' = @(
      , @('--yes', 'ask for no confirmation')
    )
    'qlara check' = @(
      , @('--message', 'the text; {name} is a placeholder, - reads standard input')
      , @('--to', 'destination in E.164; repeatable, commas allowed')
      , @('--template', 'an approved template')
      , @('--var', 'value of a placeholder; repeatable')
      , @('--country', 'country of numbers without a country code, such as IT')
      , @('--from', 'sender ID: up to 11 letters and digits, or up to 16 digits')
      , @('--file', 'rows of CSV, TSV or JSON Lines, each a message; - reads standard input')
      , @('--map', 'the column that a field is in: to=Telefono; repeatable')
    )
    'qlara channels advise' = @(
      , @('--rich', 'with images, cards or buttons')
      , @('--android', 'for Android phones')
      , @('--reach', 'to as many people as possible')
      , @('--free-form', 'any text, without a template')
      , @('--two-way', 'people are to answer')
    )
    'qlara optout add' = @(
      , @('--note', 'what is to be remembered about it')
      , @('--country', 'country of numbers without a country code, such as IT')
    )
    'qlara optout remove' = @(
      , @('--country', 'country of numbers without a country code, such as IT')
    )
    'qlara optout import' = @(
      , @('--map', 'the column that a field is in: to=Telefono; repeatable')
      , @('--skip-invalid', 'import the rest where rows hold no number')
      , @('--country', 'country of numbers without a country code, such as IT')
      , @('--note', 'what is to be remembered about it')
    )
    'qlara login' = @(
      , @('--username', 'Basic credentials: the name here, the password is asked for or read from standard input')
      , @('--no-check', 'store the key without asking the gateway whether it takes it')
    )
    'qlara profile remove' = @(
      , @('--yes', 'ask for no confirmation')
    )
    'qlara sandbox' = @(
      , @('--port', 'port to listen on (default 8080; 0 picks a free one)')
      , @('--host', 'address to listen on (default 127.0.0.1)')
      , @('--speed', 'how many times faster messages are delivered (default 1)')
      , @('--rate-limit', 'refuse more than the documented 50 requests a second and 1,000 a minute')
      , @('--state', 'where messages are kept: a file, or memory (default: that of --sandbox)')
      , @('--webhook-url', 'who is told of deliveries and of what people write: https, or http on this machine')
      , @('--webhook-shape', 'form of these calls: partner, guide, platform (default: as registered; of --webhook-url, partner)')
    )
    'qlara sandbox inbound' = @(
      , @('--from', 'who writes, in E.164')
      , @('--country', 'country of numbers without a country code, such as IT')
      , @('--message', 'what they write; - reads standard input')
      , @('--channel', 'where they write: whatsapp, rcs, sms (default whatsapp)')
      , @('--state', 'where messages are kept: a file, or memory (default: that of --sandbox)')
    )
  }
  $common = @(
    , @('--output', 'table, json, ndjson or csv')
    , @('--json', 'the same as --output json')
    , @('--columns', 'only these columns, in this order')
    , @('--color', 'auto, always or never')
    , @('--quiet', 'no notes and no progress on stderr')
    , @('--verbose', 'each HTTP exchange on stderr, without secrets and message text')
    , @('--profile', 'settings and ledger to use')
    , @('--sandbox', 'use the embedded gateway: nothing leaves this machine')
    , @('--base-url', 'address of the gateway')
    , @('--dialect', 'generation of the gateway''s HTTP bodies: partner')
    , @('--no-input', 'never ask anything')
    , @('--help', 'this help')
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
