import type { Variables } from '../../message/placeholders.ts';
import type { Template } from '../../message/template.ts';
import { styleFor } from '../../output/style.ts';
import type { Context } from '../context.ts';

/** A template as a phone would show it, in lines; one line where the gateway does not tell what it says. */
export async function drawn(
  { channel, content }: Template,
  values: Variables,
  { io }: Context,
): Promise<string> {
  const style = await styleFor(io.stdout);
  if (content === null) return `${style.dim('the gateway does not tell what it says')}\n`;
  const { drawMessage } = await import('../../output/preview.ts');
  return drawMessage(channel, content, values, io.stdout.columns, style)
    .map((line) => `${line}\n`)
    .join('');
}
