import { Failure } from '../../errors.ts';
import type { TemplateChannel } from '../../message/channel.ts';
import type { TemplateCache } from '../../storage/template-cache.ts';
import type { TemplateList } from '../../storage/template-file.ts';
import type { Context } from '../context.ts';
import { factsOf, mostRemembered } from '../remembered-templates.ts';

/** A send does not wait longer for it than this, in milliseconds. */
const patience = 5_000;

/** The templates of a channel, asked for once and remembered; with a problem where the gateway does not tell. */
export async function templateList(
  channel: TemplateChannel,
  cache: TemplateCache,
  context: Context,
): Promise<TemplateList> {
  const at = context.clock.now();
  const untold = (problem: string): TemplateList => ({ at, whole: false, problem, templates: [] });
  try {
    const asking = (await context.templates()).page(channel, mostRemembered);
    const over = context.clock.sleep(patience).then(() => undefined);
    // Whichever of them comes second, nobody is there to hear of it.
    asking.catch(() => {});
    over.catch(() => {});
    const page = await Promise.race([asking, over]);
    if (page === undefined) return untold('the gateway takes too long to list its templates');
    const list = { at, whole: page.whole, problem: null, templates: page.templates.map(factsOf) };
    cache.write(channel, list);
    return list;
  } catch (cause) {
    if (!(cause instanceof Failure) || (cause.kind !== 'gateway' && cause.kind !== 'setup')) throw cause;
    const list = untold(cause.message);
    // A gateway without such a call will not have one a moment later.
    if (cause.code === 'gateway.not-found' || cause.code === 'gateway.unreadable') cache.write(channel, list);
    return list;
  }
}
