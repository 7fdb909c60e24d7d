import { Failure } from '../../errors.ts';
import { mismatch } from '../../message/template.ts';
import type { Context } from '../context.ts';
import { type Finding, finding } from './finding.ts';

/** A template on each channel that has it, held against the values it would get. */
export async function ofTemplate(
  id: string,
  given: readonly (readonly [string, string])[],
  context: Context,
): Promise<Finding[]> {
  const { templatesOf } = await import('../templates/find.ts');
  const values = Object.fromEntries(given);
  try {
    return (await templatesOf(id, undefined, context)).map((found) => {
      const { missing, surplus } = mismatch(found, values);
      const problems = [
        ...(found.status === 'pending' || found.status === 'rejected' ? [`it is ${found.status}`] : []),
        ...missing.map((name) => `{${name}} has no value`),
        ...surplus.map(({ name }) => `it has no placeholder {${name}}`),
      ];
      const meant = surplus.flatMap(({ meant }) => (meant ? [`did you mean --var ${meant}=...?`] : []));
      const verdict = problems.length > 0 ? 'wrong' : 'ok';
      const detail = problems.join('; ') || 'it can be sent';
      return finding('template', `${found.id} on ${found.channel}`, verdict, detail, meant[0]);
    });
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.kind !== 'usage') throw cause;
    return [finding('template', id, 'wrong', cause.message, cause.hint)];
  }
}
