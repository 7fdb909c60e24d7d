import type { Command } from '../app/command.ts';
import type { Flags } from '../input/flag.ts';

/** A command word and the words that may follow it. A command's module is loaded when it runs. */
export interface CommandNode {
  name: string;
  summary: string;
  load?: () => Promise<{ default: Command<Flags> }>;
  children?: readonly CommandNode[];
}

/** Declares a command. `run` takes the values of its own flags, a type that the registry cannot express. */
function command(
  name: string,
  summary: string,
  load: () => Promise<{ default: unknown }>,
  children?: readonly CommandNode[],
): CommandNode {
  return {
    name,
    summary,
    load: load as () => Promise<{ default: Command<Flags> }>,
    ...(children && { children }),
  };
}

/** All commands. To add one, add a file under commands/ and a line here. */
export const commands: CommandNode = {
  name: 'qlara',
  summary: 'Send and track SMS, RCS and WhatsApp messages',
  children: [
    command(
      'send',
      'send messages on one channel, or with --fallback on WhatsApp, RCS and SMS in turn',
      () => import('../commands/send/send.ts'),
      [
        command('sms', 'send an SMS', () => import('../commands/send/sms.ts')),
        command('rcs', 'send an RCS template or text', () => import('../commands/send/rcs.ts')),
        command('whatsapp', 'send a WhatsApp template or text', () => import('../commands/send/whatsapp.ts')),
      ],
    ),
    command('status', 'show the status of messages', () => import('../commands/status.ts')),
    command(
      'resolve',
      'settle messages in doubt by hand, as sent or not sent',
      () => import('../commands/resolve.ts'),
    ),
    {
      name: 'templates',
      summary: 'manage RCS and WhatsApp templates',
      children: [
        command('list', 'list templates', () => import('../commands/templates/list.ts')),
        command('show', 'show a template', () => import('../commands/templates/show.ts')),
        command(
          'preview',
          'preview a template as a phone would show it',
          () => import('../commands/templates/preview.ts'),
        ),
        command('create', 'submit a template for approval', () => import('../commands/templates/create.ts')),
        command('update', 'update a template', () => import('../commands/templates/update.ts')),
        command('delete', 'delete a template', () => import('../commands/templates/delete.ts')),
        command(
          'watch',
          'wait until a template is approved or rejected',
          () => import('../commands/templates/watch.ts'),
        ),
      ],
    },
    {
      name: 'bulk',
      summary: 'manage bulks: show, resume, share, stop and retry them',
      children: [
        command('list', 'list bulks, newest first', () => import('../commands/bulk/list.ts')),
        command(
          'show',
          'show the result of a bulk: totals, reasons, time to delivery',
          () => import('../commands/bulk/show.ts'),
        ),
        command(
          'resume',
          'resume an interrupted or stopped bulk',
          () => import('../commands/bulk/resume.ts'),
        ),
        command('work', 'help to send bulks, from any machine', () => import('../commands/bulk/work.ts')),
        command('stop', 'stop a running bulk', () => import('../commands/bulk/stop.ts')),
        command(
          'retry',
          'send the failed messages of a bulk again',
          () => import('../commands/bulk/retry.ts'),
        ),
      ],
    },
    {
      name: 'inbox',
      summary: 'list, read and answer conversations',
      children: [
        command('list', 'list conversations, latest first', () => import('../commands/inbox/list.ts')),
        command('show', 'show the messages of a conversation', () => import('../commands/inbox/show.ts')),
        command(
          'reply',
          'reply to a conversation on its channel',
          () => import('../commands/inbox/reply.ts'),
        ),
      ],
    },
    command(
      'listen',
      'receive webhooks: delivery receipts and inbound messages',
      () => import('../commands/listen.ts'),
    ),
    {
      name: 'webhook',
      summary: 'manage the webhook of the account',
      children: [
        command('show', 'show the registered URL', () => import('../commands/webhook/show.ts')),
        command('set', 'register a URL', () => import('../commands/webhook/set.ts')),
        command('remove', 'remove the registered URL', () => import('../commands/webhook/remove.ts')),
      ],
    },
    command(
      'check',
      'check texts, numbers, templates and files without sending',
      () => import('../commands/check/check.ts'),
      [
        command('sms', 'check an SMS', () => import('../commands/check/sms.ts')),
        command('rcs', 'check an RCS template', () => import('../commands/check/rcs.ts')),
        command(
          'whatsapp',
          'check a WhatsApp template or text',
          () => import('../commands/check/whatsapp.ts'),
        ),
      ],
    ),
    command('channels', 'compare the channels', () => import('../commands/channels/channels.ts'), [
      command('advise', 'recommend a channel', () => import('../commands/channels/advise.ts')),
    ]),
    {
      name: 'optout',
      summary: 'manage opt-outs',
      children: [
        command('list', 'list opt-outs, latest first', () => import('../commands/optout/list.ts')),
        command('add', 'opt numbers out', () => import('../commands/optout/add.ts')),
        command('remove', 'opt numbers in again', () => import('../commands/optout/remove.ts')),
        command('import', 'import opt-outs from a file', () => import('../commands/optout/import.ts')),
      ],
    },
    {
      name: 'ledger',
      summary: 'manage the ledger, the durable record of messages',
      children: [
        command('show', 'show the ledger, and who uses it', () => import('../commands/ledger/show.ts')),
        command(
          'copy',
          'move the ledger to a PostgreSQL database',
          () => import('../commands/ledger/copy.ts'),
        ),
      ],
    },
    command('credit', 'show the account balance', () => import('../commands/credit.ts')),
    command('numbers', 'list the WhatsApp numbers of the account', () => import('../commands/numbers.ts')),
    command('login', 'store an API key', () => import('../commands/login.ts')),
    command('logout', 'remove the stored API key', () => import('../commands/logout.ts')),
    command(
      'whoami',
      'show the current profile and where its key comes from',
      () => import('../commands/whoami.ts'),
    ),
    {
      name: 'profile',
      summary: 'manage profiles: named settings, keys and ledgers',
      children: [
        command('list', 'list profiles', () => import('../commands/profile/list.ts')),
        command('show', 'show the settings of a profile', () => import('../commands/profile/show.ts')),
        command('use', 'choose the current profile', () => import('../commands/profile/use.ts')),
        command('set', 'change a setting of a profile', () => import('../commands/profile/set.ts')),
        command('remove', 'remove a profile', () => import('../commands/profile/remove.ts')),
      ],
    },
    command(
      'sandbox',
      'run the embedded gateway as a server, for tests in any language',
      () => import('../commands/sandbox/sandbox.ts'),
      [command('inbound', 'simulate an inbound message', () => import('../commands/sandbox/inbound.ts'))],
    ),
    command('completion', 'print a completion script for a shell', () => import('../commands/completion.ts')),
  ],
};
