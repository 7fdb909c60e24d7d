import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultConsentKeywords, detectConsentKeyword } from '../../src/message/consent.ts';
import { parseConsentKeywords } from '../../src/message/opt-out.ts';

const detect = (text: string, words = defaultConsentKeywords) =>
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
  ])('%j opts out', (text) => expect(detect(text)).toBe('out'));

  test.each([
    'STOP SMS',
    'stop promo',
    'Stop WhatsApp!',
    'STOP-SMS',
    'basta messaggi',
    'stop pubblicità',
    'stop please',
  ])('%j opts out with the name of the channel or sender', (text) => expect(detect(text)).toBe('out'));

  test.each(['start', 'START!', 'Unstop', 'Inizia', 'ISCRIVI', 'alta', 'opt in'])('%j opts in', (text) =>
    expect(detect(text)).toBe('in'),
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
  ])('%j does neither', (text) => expect(detect(text)).toBeNull());

  test('returns the keyword as listed', () => {
    expect(detectConsentKeyword('ARRET!', defaultConsentKeywords)).toEqual({ change: 'out', word: 'arrêt' });
    expect(detectConsentKeyword('Stop promo', defaultConsentKeywords)).toEqual({
      change: 'out',
      word: 'stop',
    });
  });
});

describe('custom keywords', () => {
  const words = { stop: ['no more', 'ЙОД'], start: ['back', 'no more'] };
  test('replace the defaults', () => {
    expect(detect('STOP', words)).toBeNull();
    expect(detect('No  more.', words)).toBe('out');
    expect(detect('йод', words)).toBe('out');
    expect(detect('Back', words)).toBe('in');
  });

  test('are parsed from a list', () => {
    expect(parseConsentKeywords('stop, no more ,BASTA')).toEqual(['stop', 'no more', 'BASTA']);
    for (const wrong of ['', ',', 'stop,', 'stop,!'])
      expect(() => parseConsentKeywords(wrong)).toThrow('invalid list of words');
  });
});

const word = fc.constantFrom(...defaultConsentKeywords.stop, ...defaultConsentKeywords.start);
const around = fc.stringMatching(/^[ \t\n.,!?'"()*–…🛑👍-]{0,8}$/u);
const letters = fc.stringMatching(/^[a-z]{1,12}$/);

describe('arbitrary text', () => {
  test('ignores case, spaces and punctuation around a keyword', () => {
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

  test('is not a keyword with another word in front', () => {
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

  test('is searched without errors among a million punctuation marks and spaces', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => void detectConsentKeyword(text, defaultConsentKeywords),
      ),
    );
    expect(detect(`${'!'.repeat(1_000_000)}stop${' '.repeat(1_000_000)}`)).toBe('out');
  });
});
