import { Failure } from '../../errors.ts';
import type { Context } from '../context.ts';
import type { Finding } from './finding.ts';

/** A template as the rows of a file need it, whatever channels have it. */
export interface KnownTemplate {
  /** The placeholders that have no value of their own. */
  needed: readonly string[];
  /** Why it cannot be sent at all. */
  problems: readonly Pick<Finding, 'value' | 'detail' | 'hint'>[];
}

/** Finds templates by id, and asks the gateway for each only once. */
export type FindTemplate = (id: string) => Promise<KnownTemplate>;

export function templatesFor(context: Context): FindTemplate {
  const known = new Map<string, Promise<KnownTemplate>>();
  return (id) => {
    const found = known.get(id) ?? ask(id, context);
    known.set(id, found);
    return found;
  };
}

async function ask(id: string, context: Context): Promise<KnownTemplate> {
  const { templatesOf } = await import('../templates/find.ts');
  try {
    const found = await templatesOf(id, undefined, context);
    const needed = found.flatMap(({ placeholders, presets }) =>
      placeholders.filter((name) => !Object.hasOwn(presets, name)),
    );
    const problems = found
      .filter(({ status }) => status === 'pending' || status === 'rejected')
      .map(({ channel, status }) => ({
        value: `${id} on ${channel}`,
        detail: `it is ${status}`,
        hint: null,
      }));
    return { needed: [...new Set(needed)], problems };
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.kind !== 'usage') throw cause;
    return { needed: [], problems: [{ value: id, detail: cause.message, hint: cause.hint ?? null }] };
  }
}
