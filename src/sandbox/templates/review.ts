import type { SubmittedTemplate } from './template-state.ts';
import type { SandboxTemplate } from './templates.ts';

/** Seconds from the submission of a template to the end of its review. */
const reviewSeconds = 10;

/**
 * Returns a submitted template as of `now`: pending, then approved, or rejected if its name contains `reject`. `speed`
 * divides the duration of the review.
 */
export function reviewTemplate(
  { id, channel, body, submittedAt }: SubmittedTemplate,
  now: number,
  speed: number,
): SandboxTemplate {
  const name = typeof body.name === 'string' ? body.name : '';
  const isOver = now >= submittedAt + Math.round((reviewSeconds * 1000) / speed);
  const finalStatus = /reject/i.test(name) ? 'REJECTED' : 'APPROVED';
  return {
    id,
    name,
    status: isOver ? finalStatus : 'PENDING',
    presets: {},
    ...(channel === 'rcs'
      ? { rcs: { description: body.description, type: body.type, body: body.body } }
      : { whatsapp: { language: body.lang, category: body.category, components: buildComponents(body) } }),
  };
}

/** Converts flat fields into a list of components, as the vendor's gateway returns them. */
function buildComponents({ headerText, body, footer, buttons }: SubmittedTemplate['body']) {
  const text = (type: string, text: unknown) => (text === undefined ? [] : [{ type, text }]);
  return [
    ...text('HEADER', headerText).map((header) => ({ ...header, format: 'TEXT' })),
    ...text('BODY', body),
    ...text('FOOTER', footer),
    ...(buttons === undefined ? [] : [{ type: 'BUTTONS', buttons }]),
  ];
}
