import type { Command } from '../app/command.ts';
import type { Flags } from '../input/flag.ts';

/** A word that can be typed, and the words that may follow it. A command's module loads when it is run. */
export interface CommandNode {
  name: string;
  summary: string;
  load?: () => Promise<{ default: Command<Flags> }>;
  children?: readonly CommandNode[];
}

/**
 * A command. `run` takes exactly the values its own fields read, which the registry cannot express for all at once.
 */
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

/** Every command there is. A new one is a file under commands/ and a line here. */
export const commands: CommandNode = {
  name: 'qlara',
  summary: 'Send and track SMS, RCS and WhatsApp messages',
  children: [
    command(
      'send',
      'send messages: on one channel, or with --fallback on WhatsApp, RCS and SMS in turn',
      () => import('../commands/send/send.ts'),
      [
        command('sms', 'send an SMS', () => import('../commands/send/sms.ts')),
        command('rcs', 'send an RCS template', () => import('../commands/send/rcs.ts')),
        command('whatsapp', 'send a WhatsApp template or text', () => import('../commands/send/whatsapp.ts')),
      ],
    ),
    command('status', 'show what became of messages', () => import('../commands/status.ts')),
    command(
      'resolve',
      'settle messages in doubt by hand: they were sent, or they were not',
      () => import('../commands/resolve.ts'),
    ),
    {
      name: 'templates',
      summary: 'templates of RCS and WhatsApp: list, preview, create, change',
      children: [
        command('list', 'list templates', () => import('../commands/templates/list.ts')),
        command('show', 'show what a template is', () => import('../commands/templates/show.ts')),
        command(
          'preview',
          'draw a template as a phone would show it',
          () => import('../commands/templates/preview.ts'),
        ),
        command('create', 'submit a template for approval', () => import('../commands/templates/create.ts')),
        command('update', 'change a template', () => import('../commands/templates/update.ts')),
        command('delete', 'delete a template', () => import('../commands/templates/delete.ts')),
        command('watch', 'wait until a template is approved', () => import('../commands/templates/watch.ts')),
      ],
    },
    {
      name: 'bulk',
      summary: 'sends of many rows: see them, go on with them, stop them, retry what failed',
      children: [
        command('list', 'list the bulks, the newest first', () => import('../commands/bulk/list.ts')),
        command(
          'show',
          'show what became of a bulk: totals, reasons, time to delivery',
          () => import('../commands/bulk/show.ts'),
        ),
        command(
          'resume',
          'go on with a bulk that was cut short or stopped',
          () => import('../commands/bulk/resume.ts'),
        ),
        command('stop', 'stop a bulk that is being sent', () => import('../commands/bulk/stop.ts')),
        command(
          'retry',
          'send the messages of a bulk that failed once more',
          () => import('../commands/bulk/retry.ts'),
        ),
      ],
    },
    {
      name: 'inbox',
      summary: 'what people write: list conversations, read them, answer',
      children: [
        command('list', 'list conversations, the latest first', () => import('../commands/inbox/list.ts')),
        command('show', 'show what was said in a conversation', () => import('../commands/inbox/show.ts')),
        command(
          'reply',
          'answer on the channel of the conversation',
          () => import('../commands/inbox/reply.ts'),
        ),
      ],
    },
    command(
      'listen',
      'receive webhooks: deliveries and what people write, as they happen',
      () => import('../commands/listen.ts'),
    ),
    {
      name: 'webhook',
      summary: 'where the gateway tells what happens: show, set, remove',
      children: [
        command('show', 'show the address the gateway calls', () => import('../commands/webhook/show.ts')),
        command('set', 'have the gateway call an address', () => import('../commands/webhook/set.ts')),
        command('remove', 'have the gateway call nobody', () => import('../commands/webhook/remove.ts')),
      ],
    },
    command(
      'check',
      'check texts, numbers, a file of them: encoding, parts, problems; sends nothing',
      () => import('../commands/check.ts'),
    ),
    command('channels', 'what each channel can do', () => import('../commands/channels/channels.ts'), [
      command('advise', 'say which channel to use, and why', () => import('../commands/channels/advise.ts')),
    ]),
    {
      name: 'optout',
      summary: 'who wants no messages: every send leaves them out',
      children: [
        command(
          'list',
          'list who has opted out, the latest first',
          () => import('../commands/optout/list.ts'),
        ),
        command('add', 'note that somebody wants no messages', () => import('../commands/optout/add.ts')),
        command(
          'remove',
          'note that somebody wants messages again',
          () => import('../commands/optout/remove.ts'),
        ),
        command(
          'import',
          'note a list of those who want no messages',
          () => import('../commands/optout/import.ts'),
        ),
      ],
    },
    command('credit', 'show the balance of the account', () => import('../commands/credit.ts')),
    command('login', 'store a key of the gateway', () => import('../commands/login.ts')),
    command('logout', 'forget the stored key', () => import('../commands/logout.ts')),
    command(
      'whoami',
      'show the profile in use, and where its key comes from',
      () => import('../commands/whoami.ts'),
    ),
    {
      name: 'profile',
      summary: 'settings and keys under a name',
      children: [
        command('list', 'list the profiles', () => import('../commands/profile/list.ts')),
        command('show', 'show the settings of a profile', () => import('../commands/profile/show.ts')),
        command(
          'use',
          'choose the profile to use where none is named',
          () => import('../commands/profile/use.ts'),
        ),
        command('set', 'change a setting of a profile', () => import('../commands/profile/set.ts')),
        command('remove', 'remove a profile', () => import('../commands/profile/remove.ts')),
      ],
    },
    command(
      'sandbox',
      'run the embedded gateway as a server, for tests in any language',
      () => import('../commands/sandbox/sandbox.ts'),
      [
        command(
          'inbound',
          'play a message that somebody writes',
          () => import('../commands/sandbox/inbound.ts'),
        ),
      ],
    ),
    command(
      'completion',
      'print a script that lets a shell complete what is typed',
      () => import('../commands/completion.ts'),
    ),
  ],
};
