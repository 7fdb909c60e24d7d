import type { Context } from '../app/context.ts';
import { Failure } from '../errors.ts';
import { findHint } from '../input/hints.ts';
import { channelTitles } from '../message/channels/channel.ts';
import { compareValues } from '../message/template.ts';
import { type Finding, finding } from '../services/validate/finding.ts';
import type { FindTemplate, KnownTemplate } from '../services/validate/template.ts';

/** Compares a template with the values given, on each channel that has it. */
export async function checkTemplateValues(
  id: string,
  given: readonly (readonly [string, string])[],
  context: Context,
): Promise<Finding[]> {
  const { findTemplates } = await import('./find-template.ts');
  const values = Object.fromEntries(given);
  try {
    return (await findTemplates(id, undefined, context)).map((found) => {
      const { missing, surplus } = compareValues(found, values);
      const problems = [
        ...(found.status === 'pending' || found.status === 'rejected' ? [`it is ${found.status}`] : []),
        ...missing.map((name) => `{${name}} has no value`),
        ...surplus.map(({ name }) => `no placeholder {${name}}`),
      ];
      const meant = surplus.flatMap(({ meant }) => (meant ? [`did you mean --var ${meant}=...?`] : []));
      const verdict = problems.length > 0 ? 'wrong' : 'ok';
      const detail = problems.join('; ') || 'it can be sent';
      return finding('template', `${found.id} on ${found.channel}`, verdict, detail, meant[0]);
    });
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.kind !== 'usage') throw cause;
    return [finding('template', id, 'wrong', cause.message, findHint(cause))];
  }
}

/** Returns a lookup that asks the gateway for each template once. */
export function openTemplateLookup(context: Context): FindTemplate {
  const known = new Map<string, Promise<KnownTemplate>>();
  return (id) => {
    const found = known.get(id) ?? ask(id, context);
    known.set(id, found);
    return found;
  };
}

async function ask(id: string, context: Context): Promise<KnownTemplate> {
  const { findTemplates } = await import('./find-template.ts');
  try {
    const found = await findTemplates(id, undefined, context);
    const needed = found.flatMap(({ placeholders, presets }) =>
      placeholders.filter((name) => !Object.hasOwn(presets, name)),
    );
    const isKnown = found.every(({ content }) => content !== null);
    const placeholders = isKnown ? new Set(found.flatMap((one) => one.placeholders)) : undefined;
    const problems = found
      .filter(({ status }) => status === 'pending' || status === 'rejected')
      .map(
        ({ channel, status }) =>
          new Failure(
            'usage',
            'template.not-approved',
            `template ${id} is ${status} on ${channelTitles[channel]}`,
          ),
      );
    return { placeholders, needed: [...new Set(needed)], problems };
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.kind !== 'usage') throw cause;
    return { placeholders: undefined, needed: [], problems: [cause] };
  }
}
