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
      name: 'check',
      summary: 'check a text and numbers: encoding, parts, problems; sends nothing',
      load: lazily(() => import('../commands/check.ts')),
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
      name: 'sandbox',
      summary: 'run the embedded gateway as a server, for tests in any language',
      load: lazily(() => import('../commands/sandbox.ts')),
    },
  ],
};
