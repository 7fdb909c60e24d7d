/** RCS content in the form of the vendor's template guide. */
interface RcsContent {
  description: unknown;
  type: unknown;
  body: unknown;
}

/** WhatsApp content in the form of the vendor's template list. */
interface WhatsappContent {
  language: unknown;
  category: unknown;
  components: readonly Readonly<Record<string, unknown>>[];
}

export interface SandboxTemplate {
  id: string;
  name: string;
  status: 'APPROVED' | 'PENDING' | 'REJECTED';
  /** Default values of placeholders; any other placeholder needs a value. */
  presets: Readonly<Record<string, string>>;
  /** Content on RCS; absent if the template cannot be used there. */
  rcs?: RcsContent;
  whatsapp?: WhatsappContent;
}

const text = (description: string, body: string): RcsContent => ({
  description,
  type: 'TEXT',
  body: { text: body },
});
const english = (category: 'MARKETING' | 'UTILITY', body: string): WhatsappContent => ({
  language: 'en',
  category,
  components: [{ type: 'BODY', text: body }],
});
const media = (file: string, height: 'TALL' | 'MEDIUM') => ({
  height,
  fileUrl: `https://example.com/media/${file}`,
});
const link = (label: string, url: string) => ({ type: 'url', text: label, url: { url } });

/**
 * Built-in templates: with texts as ids for the partner's dialect, and with numbers for the platform's. The first two are
 * those of the vendor's channel guide, which uses them on both channels.
 */
export const builtIn: readonly SandboxTemplate[] = [
  {
    id: 'template_123',
    name: 'greeting',
    status: 'APPROVED',
    // The guide's fallback example gives this template no values, its quick start gives a name.
    presets: { name: 'customer' },
    rcs: text('A greeting', 'Hello {name}, there is news about your order.'),
    whatsapp: english('UTILITY', 'Hello {name}, there is news about your order.'),
  },
  {
    id: 'template_456',
    name: 'verification',
    status: 'APPROVED',
    presets: {},
    rcs: text('A code to verify', 'Hello {name}, your code is {code}.'),
    whatsapp: english('UTILITY', 'Hello {name}, your code is {code}.'),
  },
  {
    id: 'template_card',
    name: 'spring_offer',
    status: 'APPROVED',
    presets: {},
    rcs: {
      description: 'A card with a picture and two suggestions',
      type: 'CARD',
      body: {
        cardOrientation: 'VERTICAL',
        thumbnailAlignment: 'LEFT',
        card: {
          title: 'Spring offer',
          description: '{name}, {discount} off until Sunday.',
          media: media('spring.jpg', 'TALL'),
          suggestions: [
            link('Shop now', 'https://example.com/spring'),
            { type: 'reply', text: 'Not now', reply: {} },
          ],
        },
        fallbackSms: { sender: 'Example', text: '{name}, {discount} off until Sunday.' },
      },
    },
  },
  {
    id: 'template_carousel',
    name: 'new_arrivals',
    status: 'APPROVED',
    presets: {},
    rcs: {
      description: 'Three cards side by side',
      type: 'CAROUSEL',
      body: {
        cardWidth: 'MEDIUM',
        cards: ['Shoes', 'Bags', 'Hats'].map((title) => ({
          title,
          description: `New ${title.toLowerCase()} are in.`,
          media: media(`${title.toLowerCase()}.jpg`, 'MEDIUM'),
          suggestions: [link('Look', `https://example.com/${title.toLowerCase()}`)],
        })),
      },
    },
  },
  {
    id: 'template_order',
    name: 'order_shipped',
    status: 'APPROVED',
    presets: {},
    whatsapp: {
      language: 'en',
      category: 'UTILITY',
      components: [
        { type: 'HEADER', format: 'TEXT', text: 'Your order' },
        { type: 'BODY', text: 'Hello {{1}}, order {{2}} has left our warehouse.' },
        { type: 'FOOTER', text: 'Reply STOP to hear no more' },
        {
          type: 'BUTTONS',
          buttons: [
            { type: 'URL', text: 'Track it', url: 'https://example.com/track' },
            { type: 'QUICK_REPLY', text: 'Call me' },
          ],
        },
      ],
    },
  },
  {
    id: 'template_pending',
    name: 'summer_offer',
    status: 'PENDING',
    presets: {},
    rcs: text('Waits for review', 'Summer offers for {name}.'),
    whatsapp: english('MARKETING', 'Summer offers for {name}.'),
  },
  {
    id: 'template_rejected',
    name: 'win_a_phone',
    status: 'REJECTED',
    presets: {},
    rcs: text('Was refused in review', 'You won! Answer with your card number.'),
    whatsapp: english('MARKETING', 'You won! Answer with your card number.'),
  },
  {
    id: '7',
    name: 'rcs_welcome',
    status: 'APPROVED',
    presets: {},
    rcs: {
      description: 'A text that falls back to SMS',
      type: 'TEXT',
      body: {
        text: 'Ciao {name}!',
        suggestions: [{ type: 'reply', text: 'Thanks' }, link('Site', 'https://example.com')],
        fallbackSms: { sender: 'Example', text: 'Ciao {name}!' },
      },
    },
  },
  {
    id: '8',
    name: 'rcs_promo',
    status: 'APPROVED',
    presets: {},
    rcs: {
      description: 'A card that falls back to SMS',
      type: 'CARD',
      body: {
        cardOrientation: 'VERTICAL',
        thumbnailAlignment: 'LEFT',
        card: {
          title: 'Offer',
          description: '{name}, the new season is here.',
          media: media('season.jpg', 'TALL'),
          suggestions: [link('Open', 'https://example.com/season')],
        },
        fallbackSms: { sender: 'Example', text: '{name}, the new season: https://example.com/season' },
      },
    },
  },
  {
    id: '9',
    name: 'rcs_catalogue',
    status: 'APPROVED',
    presets: {},
    rcs: {
      description: 'Two cards side by side',
      type: 'CAROUSEL',
      body: {
        cardWidth: 'MEDIUM',
        cards: [
          {
            title: 'Lamps',
            description: 'New lamps are in.',
            media: media('lamps.jpg', 'MEDIUM'),
            suggestions: [link('Look', 'https://example.com/lamps')],
          },
          {
            title: 'Chairs',
            description: 'New chairs are in.',
            media: media('chairs.jpg', 'MEDIUM'),
            suggestions: [{ type: 'dial', text: 'Call', dial: { phoneNumber: '+390212345678' } }],
          },
        ],
      },
    },
  },
  {
    id: '12',
    name: 'rcs_update',
    status: 'APPROVED',
    presets: {},
    rcs: text('News about an order', 'Hello {name}, there is news about your order.'),
  },
  {
    id: '13',
    name: 'rcs_summer',
    status: 'PENDING',
    presets: {},
    rcs: text('Waits for review', 'Summer offers for {name}.'),
  },
  {
    id: '14',
    name: 'rcs_prize',
    status: 'REJECTED',
    presets: {},
    rcs: text('Was refused in review', 'You won! Answer with your card number.'),
  },
  {
    id: '42',
    name: 'order_shipped',
    status: 'APPROVED',
    presets: {},
    whatsapp: {
      language: 'en',
      category: 'UTILITY',
      components: [
        { type: 'HEADER', format: 'IMAGE' },
        { type: 'BODY', text: 'Hello {{1}}, order {{2}} has left our warehouse.' },
        { type: 'FOOTER', text: 'Reply STOP to hear no more' },
        { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Track it', url: 'https://example.com/track' }] },
      ],
    },
  },
  {
    id: '43',
    name: 'welcome',
    status: 'APPROVED',
    presets: {},
    whatsapp: english('MARKETING', 'Hello {firstName}, welcome to our shop.'),
  },
  {
    id: '44',
    name: 'summer',
    status: 'PENDING',
    presets: {},
    whatsapp: english('MARKETING', 'Summer offers for {{1}}.'),
  },
  {
    id: '45',
    name: 'prize',
    status: 'REJECTED',
    presets: {},
    whatsapp: english('MARKETING', 'You won! Answer with your card number.'),
  },
];
