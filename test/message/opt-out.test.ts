import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultConsentKeywords, detectConsentKeyword } from '../../src/message/consent.ts';
import { parseConsentKeywords } from '../../src/message/opt-out.ts';

const wish = (text: string, words = defaultConsentKeywords) =>
  detectConsentKeyword(text, words)?.change ?? null;

describe('a message that is a keyword', () => {
  test.each([
    ...['stop', 'STOP', ' Stop ', 'STOP.', '"stop!!!"', '🛑 STOP 🛑', 'stop\n', 'ＳＴＯＰ', 'Stop stop STOP'],
    ...['STOPALL', 'stop all', 'Unsubscribe', 'CANCEL', 'end', 'Quit', 'opt-out', 'Opt out'],
    ...[
      'basta',
      'Basta!',
      'ANNULLA',
      'disiscrivi',
      'arret',
      'Arrêt',
      'ARRÊT',
      'arre\u0302t',
      'STOPP',
      'Abmelden.',
    ],
    ...['BAJA', 'alto', 'parar', 'Sair', 'СТОП', 'desabonner', 'Désabonner'],
  ])('%j opts out', (text) => expect(wish(text)).toBe('out'));

  test.each([
    'STOP SMS',
    'stop promo',
    'Stop WhatsApp!',
    'STOP-SMS',
    'basta messaggi',
    'stop pubblicità',
    'stop please',
  ])('%j opts out, for it names what we send', (text) => expect(wish(text)).toBe('out'));

  test.each(['start', 'START!', 'Unstop', 'Inizia', 'ISCRIVI', 'alta', 'opt in'])('%j opts in', (text) =>
    expect(wish(text)).toBe('in'),
  );

  test.each([
    ...[
      "don't stop",
      'stop by later',
      'stop there',
      'Non stop',
      'the bus stop',
      'stopping',
      'stop it now sms',
    ],
    ...[
      'cancel tomorrow',
      'cancel my order',
      'the end',
      'basta così, grazie mille',
      'promo',
      'please',
      'sms',
    ],
    ...[
      'yes',
      'no',
      'ja',
      'sì',
      'fine',
      'ok',
      '',
      '   ',
      '🛑',
      '!!!',
      '1',
      'start stop',
      'stop start',
      'start promo',
    ],
  ])('%j does neither', (text) => expect(wish(text)).toBeNull());

  test('the keyword is returned as it stands in the list', () => {
    expect(detectConsentKeyword('ARRET!', defaultConsentKeywords)).toEqual({ change: 'out', word: 'arrêt' });
    expect(detectConsentKeyword('Stop promo', defaultConsentKeywords)).toEqual({
      change: 'out',
      word: 'stop',
    });
  });
});

describe('words of one’s own', () => {
  const words = { stop: ['no more', 'ЙОД'], start: ['back', 'no more'] };
  test('take the place of the usual ones', () => {
    expect(wish('STOP', words)).toBeNull();
    expect(wish('No  more.', words)).toBe('out');
    expect(wish('йод', words)).toBe('out');
    expect(wish('Back', words)).toBe('in');
  });

  test('are read from a list', () => {
    expect(parseConsentKeywords('stop, no more ,BASTA')).toEqual(['stop', 'no more', 'BASTA']);
    for (const wrong of ['', ',', 'stop,', 'stop,!'])
      expect(() => parseConsentKeywords(wrong)).toThrow('invalid list of words');
  });
});

const word = fc.constantFrom(...defaultConsentKeywords.stop, ...defaultConsentKeywords.start);
const around = fc.stringMatching(/^[ \t\n.,!?'"()*–…🛑👍-]{0,8}$/u);
const letters = fc.stringMatching(/^[a-z]{1,12}$/);

describe('any text', () => {
  test('nothing around a word, and no letter case, changes what it says', () => {
    fc.assert(
      fc.property(word, around, around, fc.boolean(), (word, before, after, upper) => {
        const text = `${before}${upper ? word.toUpperCase() : word}${after}`;
        expect(detectConsentKeyword(text, defaultConsentKeywords)).toEqual(
          detectConsentKeyword(word, defaultConsentKeywords),
        );
        expect(detectConsentKeyword(word, defaultConsentKeywords)?.word).toBe(word);
      }),
    );
  });

  test('a word in front of one makes it something else', () => {
    const known = new Set(
      [...defaultConsentKeywords.stop, ...defaultConsentKeywords.start].flatMap((one) => one.split(' ')),
    );
    fc.assert(
      fc.property(letters, word, (other, word) => {
        fc.pre(!known.has(other));
        expect(detectConsentKeyword(`${other} ${word}`, defaultConsentKeywords)).toBeNull();
      }),
    );
  });

  test('detection never throws, and finds a keyword between a million marks and a million blanks', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => void detectConsentKeyword(text, defaultConsentKeywords),
      ),
    );
    expect(wish(`${'!'.repeat(1_000_000)}stop${' '.repeat(1_000_000)}`)).toBe('out');
  });
});
