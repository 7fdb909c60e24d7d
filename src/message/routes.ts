import type { ChannelName } from './channels/channel.ts';
import type { Sender } from './id.ts';
import type { Message } from './message.ts';
import type { Variables } from './placeholders.ts';
import type { RichContent } from './rich.ts';
import type { MessageRules } from './rules.ts';

/** The content of a message on one channel. */
export type Content =
  | { kind: 'text'; text: string }
  | { kind: 'template'; template: string; variables: Variables }
  /** `text` goes with media. */
  | { kind: 'rich'; rich: RichContent; text: string | null };

/** One channel of a message. */
export interface MessageRoute {
  channel: ChannelName;
  content: Content;
  /** Sender ID; only SMS has one. */
  sender: Sender | null;
}

/**
 * Lists the routes of a message in the order in which the gateway tries them. A template is for the channel that the
 * message enters at, and for RCS after it where one id serves all channels; else RCS has a template of its own, rich
 * content or the text. SMS takes the text. A channel without content is left out.
 */
export function listRoutes(
  message: Message,
  { sharesTemplate }: Pick<MessageRules, 'sharesTemplate'>,
): MessageRoute[] {
  const { chain, text, template, sender, rich = null, rcsTemplate = null } = message;
  const own = (id: string | null, variables = message.variables): Content | undefined =>
    id === null ? undefined : { kind: 'template', template: id, variables };
  const plain: Content | undefined = text === null ? undefined : { kind: 'text', text };
  const free: Content | undefined = rich === null ? plain : { kind: 'rich', rich, text };
  return chain.flatMap((channel, index): MessageRoute[] => {
    if (channel === 'sms') return plain ? [{ channel, content: plain, sender }] : [];
    const first = index === 0 || sharesTemplate ? own(template) : undefined;
    const content =
      (channel === 'rcs' ? own(rcsTemplate, message.rcsVariables ?? undefined) : undefined) ?? first ?? free;
    return content ? [{ channel, content, sender: null }] : [];
  });
}
