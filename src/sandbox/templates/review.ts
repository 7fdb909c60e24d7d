import type { Submitted } from './template-state.ts';
import type { SandboxTemplate } from './templates.ts';

/** Seconds from the writing of a template to the end of its review. */
const review = 10;

/**
 * A template that a caller made, as it stands at `now`: pending, then approved, or rejected when its name says so.
 * `speed` divides the time it takes.
 */
export function reviewed(
  { id, channel, body, submittedAt }: Submitted,
  now: number,
  speed: number,
): SandboxTemplate {
  const name = typeof body.name === 'string' ? body.name : '';
  const over = now >= submittedAt + Math.round((review * 1000) / speed);
  const end = /reject/i.test(name) ? 'REJECTED' : 'APPROVED';
  return {
    id,
    name,
    status: over ? end : 'PENDING',
    presets: {},
    ...(channel === 'rcs'
      ? { rcs: { description: body.description, type: body.type, body: body.body } }
      : { whatsapp: { language: body.lang, category: body.category, components: componentsOf(body) } }),
  };
}

/** What is written flat is read as a list of components, as the vendor has it. */
function componentsOf({ headerText, body, footer, buttons }: Submitted['body']) {
  const text = (type: string, text: unknown) => (text === undefined ? [] : [{ type, text }]);
  return [
    ...text('HEADER', headerText).map((header) => ({ ...header, format: 'TEXT' })),
    ...text('BODY', body),
    ...text('FOOTER', footer),
    ...(buttons === undefined ? [] : [{ type: 'BUTTONS', buttons }]),
  ];
}
