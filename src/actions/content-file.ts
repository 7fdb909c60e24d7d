import type { Context } from '../app/context.ts';
import { Failure, fail } from '../errors.ts';
import { readDocument } from '../input/document.ts';
import { type ChannelName, channelTitles } from '../message/channels/channel.ts';
import { validateContent } from '../message/content-schema.ts';
import { detectMediaKind, type RichContent } from '../message/rich.ts';

/** Reads content from --content, or builds it for --media. @throws Failure `content.invalid`, `content.twice` */
export async function readRich(
  channel: ChannelName | undefined,
  { content, media }: { content?: string | undefined; media?: string | undefined },
  { io }: Context,
): Promise<RichContent | undefined> {
  if (content !== undefined && media !== undefined)
    fail('usage', 'content.twice', '--content and --media cannot be used together', 'use only one of them');
  if (media !== undefined) return { kind: 'media', media: detectMediaKind(media), url: media };
  if (content === undefined) return undefined;
  const source = content === '-' ? 'standard input' : content;
  const document = await readDocument(content, io.stdin);
  const target = channel === 'rcs' ? 'rcs' : 'whatsapp';
  const { rich, problems } = validateContent(target, document);
  const [first, ...others] = problems;
  if (first !== undefined)
    throw new Failure(
      'usage',
      'content.invalid',
      others.length === 0
        ? `${source}: ${first}`
        : `${source} has ${problems.length} errors as ${channelTitles[target]} content`,
      others.length === 0 ? undefined : problems.join('\n'),
    );
  return rich;
}
