import type { TemplateChannel } from './channels/channel.ts';
import { whatsappLimits } from './channels/template-limits.ts';
import { parseSender } from './id.ts';
import { isE164 } from './phone.ts';
import { splitPieces } from './placeholders.ts';
import { asFields, list, object, oneOf, optional, type Rule, required, text, unknown } from './schema.ts';

// Rules for a new template, from the vendor's template guide and its page on RCS templates.

const rcsTypes = ['TEXT', 'CARD', 'CAROUSEL'] as const;

/** Labels must be shorter than this many characters. */
const maxLabelChars = 25;

/** Replaces placeholders, so that the rest can be checked. */
const fill = (value: string) =>
  splitPieces(value, {})
    .map(({ name, text }) => (name === null ? text : 'x'))
    .join('');

const https = (value: string) =>
  URL.canParse(fill(value)) && /^https:\/\//i.test(value) ? undefined : 'must be an https address';

const webAddress = (value: string) =>
  URL.canParse(fill(value)) && /^https?:\/\//i.test(value) ? undefined : 'must be a web address';

const number = (value: string) =>
  isE164(value.replaceAll(' ', '')) ? undefined : 'must be a number like +393901234567';

const label = text((value) => {
  const { length } = [...value];
  return length < maxLabelChars
    ? undefined
    : `has ${length} characters, a label must be under ${maxLabelChars}`;
});

/** Types of suggestions, and the rule for the object under the type's name. */
const suggestionDetails: Readonly<Record<string, Rule>> = {
  reply: unknown,
  url: object({ url: required(text(webAddress)) }),
  dial: object({ phoneNumber: required(text(number)) }),
  coordinates: object({}),
  location: object({}),
  calendar: object({}),
};

/** Types that need no such object. */
const typesWithoutDetail = ['reply', 'location'];

const suggestion = object(
  { type: required(oneOf(Object.keys(suggestionDetails))), text: required(label) },
  (value, path) => {
    const fields = asFields(value) ?? {};
    const { type } = fields;
    if (typeof type !== 'string' || !Object.hasOwn(suggestionDetails, type)) return [];
    const rule = suggestionDetails[type] ?? unknown;
    const detail = fields[type];
    if (detail === undefined || detail === null)
      return typesWithoutDetail.includes(type) ? [] : [`${path}.${type}: is missing`];
    return rule(detail, `${path}.${type}`);
  },
);

const suggestions = list(suggestion, 'suggestions', 1, 4);

const media = object({
  height: required(oneOf(['SHORT', 'MEDIUM', 'TALL'])),
  fileUrl: required(text(https)),
});

const hasContent: Rule = (value, path) => {
  const { title, description, media } = asFields(value) ?? {};
  return (title ?? description ?? media) ? [] : [`${path}: needs a title, a description or media`];
};

const cardKeys = {
  title: optional(text()),
  description: optional(text()),
  media: optional(media),
  suggestions: optional(suggestions),
};

const card = object(cardKeys, hasContent);

const fallbackSms = optional(
  object({
    sender: required(
      text((value) => {
        try {
          parseSender(value);
        } catch (cause) {
          return cause instanceof Error ? cause.message : undefined;
        }
      }),
    ),
    text: required(text()),
  }),
);

const cardBody = {
  cardOrientation: optional(oneOf(['VERTICAL', 'HORIZONTAL'])),
  thumbnailAlignment: optional(oneOf(['LEFT', 'RIGHT'])),
  fallbackSms,
};

/** The vendor documents a card both in an object of its own and flat in the body. */
const cardRule: Rule = (value, path) =>
  asFields(value)?.card === undefined
    ? object({ ...cardBody, ...cardKeys, card: optional(card) }, hasContent)(value, path)
    : object({ ...cardBody, card: required(card) })(value, path);

const bodyRules: Readonly<Record<(typeof rcsTypes)[number], Rule>> = {
  TEXT: object({ text: required(text()), suggestions: optional(suggestions), fallbackSms }),
  CARD: cardRule,
  CAROUSEL: object({
    cardWidth: optional(oneOf(['SMALL', 'MEDIUM'])),
    cards: required(list(card, 'cards', 2, 10)),
    fallbackSms,
  }),
};

const rcsKeys = { type: required(oneOf(rcsTypes)), body: required(unknown) };

const rcsBody: Rule = (value) => {
  const { type, body } = asFields(value) ?? {};
  if (body === undefined || body === null) return [];
  const known = rcsTypes.find((one) => one === type);
  return known ? bodyRules[known](body, 'body') : object({})(body, 'body');
};

/** The rule for the content of an RCS message, which a template and a message without one have in common. */
export const rcsContent = object(rcsKeys, rcsBody);

const rcs = object({ name: required(text()), description: required(text()), ...rcsKeys }, rcsBody);

/** Types of WhatsApp buttons, and their fields. */
const buttonDetails: Readonly<Record<string, Parameters<typeof object>[0]>> = {
  QUICK_REPLY: { text: required(label) },
  URL: { text: required(label), url: required(text(webAddress)) },
  PHONE_NUMBER: { text: required(label) },
  COPY_CODE: {},
  OTP: {},
  FLOW: { text: required(label) },
};

const button = object({ type: required(oneOf(Object.keys(buttonDetails))) }, (value, path) => {
  const type = asFields(value)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(buttonDetails, type)) return [];
  return object({ ...buttonDetails[type], type: required(unknown) })(value, path);
});

/** Accepts text of a part of a WhatsApp template, up to Meta's limit. */
const limitedText = (part: keyof typeof whatsappLimits) =>
  text((value) => {
    const { length } = [...value];
    const limit = whatsappLimits[part];
    return length <= limit ? undefined : `has ${length} characters, WhatsApp allows ${limit}`;
  });

const whatsappKeys = {
  name: text((value) =>
    /^[a-z0-9_]+$/.test(value) ? undefined : 'may hold only small letters, digits and _',
  ),
  lang: text((value) =>
    /^[a-z]{2,3}(_[A-Za-z]{2,4})?$/.test(value) ? undefined : 'must be a language like it or en_US',
  ),
  category: oneOf(['MARKETING', 'UTILITY', 'AUTHENTICATION']),
  body: limitedText('body'),
};

const whatsappExtras = {
  headerText: optional(limitedText('header')),
  footer: optional(limitedText('footer')),
  buttons: optional(list(button, 'buttons', 1, 10)),
};

const rejectsLanguage: Rule = (value) => {
  const fields = asFields(value) ?? {};
  return fields.language !== undefined && fields.lang === undefined
    ? ['language: is called lang where a template is written']
    : [];
};

function whatsapp(isComplete: boolean): Rule {
  const entry = isComplete ? required : optional;
  const keys = Object.entries(whatsappKeys).map(([key, rule]) => [key, entry(rule)] as const);
  const schema = { ...Object.fromEntries(keys), ...whatsappExtras };
  const changesSomething: Rule = (value) =>
    Object.keys(schema).some((key) => asFields(value)?.[key] !== undefined)
      ? []
      : ['the file: changes nothing'];
  return object(schema, rejectsLanguage, ...(isComplete ? [] : [changesSomething]));
}

/** Returns all problems with the body of a template; an update of a WhatsApp template may omit fields. */
export function validateTemplate(
  channel: TemplateChannel,
  body: unknown,
  purpose: 'create' | 'update',
): string[] {
  const rule = channel === 'rcs' ? rcs : whatsapp(purpose === 'create');
  return [...new Set(rule(body, ''))];
}

/** Returns the channel that a body is written for, by its fields; undefined if it could be either. */
export function detectTemplateChannel(body: unknown): TemplateChannel | undefined {
  const fields = asFields(body);
  if (fields === undefined) return undefined;
  if (asFields(fields.body) || typeof fields.type === 'string') return 'rcs';
  const words = ['lang', 'language', 'category', 'headerText', 'footer', 'buttons'];
  if (typeof fields.body === 'string' || words.some((word) => fields[word] !== undefined)) return 'whatsapp';
  return undefined;
}
