import type { Command } from '../commands/command.ts';
import type { Fields } from '../input/field.ts';

/** A word that can be typed, and the words that may follow it. A command's module loads when it is run. */
export interface Node {
  name: string;
  summary: string;
  load?: () => Promise<{ default: Command<Fields> }>;
  children?: readonly Node[];
}

/** `run` takes exactly the values its own fields read, which the registry cannot express for all at once. */
function lazily(load: () => Promise<{ default: unknown }>) {
  return load as () => Promise<{ default: Command<Fields> }>;
}

/** Every command there is. A new one is a file under commands/ and a line here. */
export const tree: Node = {
  name: 'qlara',
  summary: 'Send and track SMS, RCS and WhatsApp messages',
  children: [
    {
      name: 'send',
      summary: 'send messages: on one channel, or with --fallback on WhatsApp, RCS and SMS in turn',
      load: lazily(() => import('../commands/send/chain.ts')),
      children: [
        { name: 'sms', summary: 'send an SMS', load: lazily(() => import('../commands/send/sms.ts')) },
        {
          name: 'rcs',
          summary: 'send an RCS template',
          load: lazily(() => import('../commands/send/rcs.ts')),
        },
        {
          name: 'whatsapp',
          summary: 'send a WhatsApp template or text',
          load: lazily(() => import('../commands/send/whatsapp.ts')),
        },
      ],
    },
    {
      name: 'status',
      summary: 'show what became of messages',
      load: lazily(() => import('../commands/status.ts')),
    },
    {
      name: 'templates',
      summary: 'templates of RCS and WhatsApp: list, preview, create, change',
      children: [
        {
          name: 'list',
          summary: 'list templates',
          load: lazily(() => import('../commands/templates/list.ts')),
        },
        {
          name: 'show',
          summary: 'show what a template is',
          load: lazily(() => import('../commands/templates/show.ts')),
        },
        {
          name: 'preview',
          summary: 'draw a template as a phone would show it',
          load: lazily(() => import('../commands/templates/preview.ts')),
        },
        {
          name: 'create',
          summary: 'submit a template for approval',
          load: lazily(() => import('../commands/templates/create.ts')),
        },
        {
          name: 'update',
          summary: 'change a template',
          load: lazily(() => import('../commands/templates/update.ts')),
        },
        {
          name: 'delete',
          summary: 'delete a template',
          load: lazily(() => import('../commands/templates/delete.ts')),
        },
        {
          name: 'watch',
          summary: 'wait until a template is approved',
          load: lazily(() => import('../commands/templates/watch.ts')),
        },
      ],
    },
    {
      name: 'bulk',
      summary: 'sends of many rows: see them, go on with them, stop them, retry what failed',
      children: [
        {
          name: 'list',
          summary: 'list the bulks, the newest first',
          load: lazily(() => import('../commands/bulk/list.ts')),
        },
        {
          name: 'show',
          summary: 'show what became of a bulk: totals, reasons, time to delivery',
          load: lazily(() => import('../commands/bulk/show.ts')),
        },
        {
          name: 'resume',
          summary: 'go on with a bulk that was cut short or stopped',
          load: lazily(() => import('../commands/bulk/resume.ts')),
        },
        {
          name: 'stop',
          summary: 'stop a bulk that is being sent',
          load: lazily(() => import('../commands/bulk/stop.ts')),
        },
        {
          name: 'retry',
          summary: 'send the messages of a bulk that failed once more',
          load: lazily(() => import('../commands/bulk/retry.ts')),
        },
      ],
    },
    {
      name: 'inbox',
      summary: 'what people write: list conversations, read them, answer',
      children: [
        {
          name: 'list',
          summary: 'list conversations, the latest first',
          load: lazily(() => import('../commands/inbox/list.ts')),
        },
        {
          name: 'show',
          summary: 'show what was said in a conversation',
          load: lazily(() => import('../commands/inbox/show.ts')),
        },
        {
          name: 'reply',
          summary: 'answer on the channel of the conversation',
          load: lazily(() => import('../commands/inbox/reply.ts')),
        },
      ],
    },
    {
      name: 'listen',
      summary: 'receive webhooks: deliveries and what people write, as they happen',
      load: lazily(() => import('../commands/listen/listen.ts')),
    },
    {
      name: 'webhook',
      summary: 'where the gateway tells what happens: show, set, remove',
      children: [
        {
          name: 'show',
          summary: 'show the address the gateway calls',
          load: lazily(() => import('../commands/webhook/show.ts')),
        },
        {
          name: 'set',
          summary: 'have the gateway call an address',
          load: lazily(() => import('../commands/webhook/set.ts')),
        },
        {
          name: 'remove',
          summary: 'have the gateway call nobody',
          load: lazily(() => import('../commands/webhook/remove.ts')),
        },
      ],
    },
    {
      name: 'check',
      summary: 'check texts, numbers, a file of them: encoding, parts, problems; sends nothing',
      load: lazily(() => import('../commands/check/check.ts')),
    },
    {
      name: 'channels',
      summary: 'what each channel can do',
      load: lazily(() => import('../commands/channels/channels.ts')),
      children: [
        {
          name: 'advise',
          summary: 'say which channel to use, and why',
          load: lazily(() => import('../commands/channels/advise.ts')),
        },
      ],
    },
    {
      name: 'optout',
      summary: 'who wants no messages: every send leaves them out',
      children: [
        {
          name: 'list',
          summary: 'list who has opted out, the latest first',
          load: lazily(() => import('../commands/optout/list.ts')),
        },
        {
          name: 'add',
          summary: 'note that somebody wants no messages',
          load: lazily(() => import('../commands/optout/add.ts')),
        },
        {
          name: 'remove',
          summary: 'note that somebody wants messages again',
          load: lazily(() => import('../commands/optout/remove.ts')),
        },
        {
          name: 'import',
          summary: 'note a list of those who want no messages',
          load: lazily(() => import('../commands/optout/import.ts')),
        },
      ],
    },
    {
      name: 'credit',
      summary: 'show the balance of the account',
      load: lazily(() => import('../commands/credit.ts')),
    },
    {
      name: 'login',
      summary: 'store a key of the gateway',
      load: lazily(() => import('../commands/login.ts')),
    },
    { name: 'logout', summary: 'forget the stored key', load: lazily(() => import('../commands/logout.ts')) },
    {
      name: 'whoami',
      summary: 'show the profile in use, and where its key comes from',
      load: lazily(() => import('../commands/whoami.ts')),
    },
    {
      name: 'profile',
      summary: 'settings and keys under a name',
      children: [
        {
          name: 'list',
          summary: 'list the profiles',
          load: lazily(() => import('../commands/profile/list.ts')),
        },
        {
          name: 'show',
          summary: 'show the settings of a profile',
          load: lazily(() => import('../commands/profile/show.ts')),
        },
        {
          name: 'use',
          summary: 'choose the profile to use where none is named',
          load: lazily(() => import('../commands/profile/use.ts')),
        },
        {
          name: 'set',
          summary: 'change a setting of a profile',
          load: lazily(() => import('../commands/profile/set.ts')),
        },
        {
          name: 'remove',
          summary: 'remove a profile',
          load: lazily(() => import('../commands/profile/remove.ts')),
        },
      ],
    },
    {
      name: 'sandbox',
      summary: 'run the embedded gateway as a server, for tests in any language',
      load: lazily(() => import('../commands/sandbox/sandbox.ts')),
      children: [
        {
          name: 'inbound',
          summary: 'play a message that somebody writes',
          load: lazily(() => import('../commands/sandbox/inbound.ts')),
        },
      ],
    },
    {
      name: 'completion',
      summary: 'print a script that lets a shell complete what is typed',
      load: lazily(() => import('../commands/completion.ts')),
    },
  ],
};
