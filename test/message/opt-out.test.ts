import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultConsentKeywords, detectConsentKeyword } from '../../src/message/consent.ts';
import { type ConsentKeywords, parseConsentKeywords } from '../../src/message/opt-out.ts';

const detect = (text: string, words: ConsentKeywords = { stop: undefined, start: undefined }) =>
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

describe('a message that says it in another way', () => {
  const tables: Record<string, { out: string[]; in: string[]; neither: string[] }> = {
    English: {
      out: [
        ...[
          'Stop. Thank you',
          'STOP, thanks!',
          'please stop',
          'unsub',
          'Unsub please',
          'Please STOP.',
          'pls stop',
          'stop please',
          'Stop, please!',
        ],
        ...[
          'Hi, stop',
          'Hello please unsubscribe',
          'Thanks, stop',
          'stop texting me',
          'Stop texting',
          'STOP TEXTING ME!!!',
        ],
        ...['please stop texting me', 'stop messaging me', 'stop contacting me', 'Stop sending me messages'],
        ...[
          'stop sending these texts',
          'stop sending me sms please',
          'Stop these messages',
          'stop all messages',
          'stop now',
        ],
        ...[
          'unsubscribe me',
          'Please unsubscribe me',
          'unsubscribe me please',
          'unsubscribe from this list',
          'remove me',
        ],
        ...[
          'Remove me.',
          'please remove me',
          'Remove me from your list',
          'remove me from this list please',
          'take me off',
        ],
        ...[
          'take me off your list',
          'Please take me off the list',
          'remove my number',
          'delete my number',
          'opt me out',
        ],
        ...[
          'Please opt me out',
          'I want to unsubscribe',
          "I'd like to opt out",
          'I would like to unsubscribe please',
        ],
        ...[
          "don't text me",
          'Do not text me again',
          "Don't contact me anymore",
          'do not send me any more messages',
        ],
        ...[
          'No more messages',
          'no more texts please',
          'cancel my subscription',
          'end please',
          'Unsubscribe, thank you very much',
        ],
        ...['STOP STOP please', 'stop unsubscribe', 'quit texting me', 'Good morning, please stop'],
      ],
      in: [
        'Start please',
        'please start',
        'START, thanks',
        'Hi, start',
        'subscribe me',
        'opt me in',
        'Start 👍',
        'unstop please',
      ],
      neither: [
        ...[
          'stop by at five',
          'Can you stop by at five?',
          "don't stop",
          'please do not stop',
          "please don't stop",
          'stop there',
        ],
        ...[
          'the bus stop',
          'stop at the shop',
          'I will stop texting him',
          'stop texting me so late, call me',
          'cancel my order',
        ],
        ...[
          'please cancel my appointment',
          'cancel tomorrow please',
          'remove the second item',
          'remove item 2',
          'the end',
        ],
        ...[
          'end of the day',
          'quit smoking',
          'I quit',
          'please',
          'thank you',
          'Thanks!',
          'stop it, you are funny',
          'one stop shop',
        ],
        ...[
          'how do I stop it leaking?',
          'stop the delivery',
          'take me off speaker',
          'remove me from the waiting room chat at 5',
        ],
        ...[
          'when does it start?',
          'start at nine',
          'please start without me',
          'Start the car',
          'we start tomorrow',
          'nonstop',
        ],
        ...[
          'no thanks',
          'thanks, see you at the stop',
          'send me more messages',
          'text me again',
          'stop loss order',
          'full stop',
        ],
        ...[
          'I can stop by. Thank you',
          'Stop? Where?',
          'unsubscribed?',
          'do not unsubscribe me',
          'never stop texting me',
        ],
      ],
    },
    Italian: {
      out: [
        ...[
          'Basta grazie',
          'interrompi',
          'Basta, grazie mille',
          'basta per favore',
          'Per favore basta',
          'per cortesia stop',
          'Stop grazie',
        ],
        ...[
          'STOP, grazie!',
          'Buongiorno, stop',
          'salve disiscrivetemi',
          'disiscrivetemi',
          'Cancellatemi',
          'cancellatemi per favore',
        ],
        ...[
          'rimuovetemi',
          'Toglietemi dalla lista',
          'cancellami dalla lista',
          'rimuovetemi dalla vostra lista',
          'toglimi',
        ],
        ...[
          'eliminate il mio numero',
          'cancellate il mio numero',
          'vorrei disiscrivermi',
          'Voglio cancellarmi',
          'disiscrivermi',
        ],
        ...[
          'annulla iscrizione',
          "annullare l'iscrizione",
          'non scrivetemi più',
          'Non contattatemi più',
          'non mandatemi più messaggi',
        ],
        ...[
          'non inviatemi più sms',
          'non voglio più ricevere messaggi',
          'Non voglio più messaggi',
          'smettetela di scrivermi',
        ],
        ...[
          'smettete di inviarmi messaggi',
          'basta messaggi',
          'basta con i messaggi',
          'basta sms grazie',
          'stop ai messaggi',
        ],
        ...[
          'basta pubblicità',
          'Annulla, grazie',
          'cancella per favore',
          'disiscrizione grazie',
          'BASTA!!! 😡',
          'stop 🙏',
        ],
      ],
      in: [
        'Inizia grazie',
        'iscrivimi per favore',
        'Riattiva, grazie',
        'iscrivetemi',
        'AVVIA',
        'per favore iscrivi',
      ],
      neither: [
        ...[
          'non basta',
          'Non basta, grazie',
          'basta così',
          'basta così, grazie mille',
          'mi basta',
          'basta un attimo',
          'basta che vieni',
        ],
        ...[
          'ma basta dirlo',
          'quanto basta',
          "annulla l'ordine",
          'annulla la prenotazione',
          "cancella l'appuntamento",
        ],
        ...[
          'cancella tutto e ricomincia',
          'per favore annulla appuntamento',
          'fine',
          'grazie',
          'no grazie',
          'orario no stop',
        ],
        ...[
          'non stop',
          'stop al lavoro oggi',
          'basta scrivermi e arrivo',
          'non cancellatemi',
          'non disiscrivetemi',
          'ci vediamo allo stop',
        ],
        ...[
          'scrivetemi più tardi',
          'non mandatemi più il pacco',
          'non scrivetemi più tardi delle 8',
          'alta velocità',
          'è alta',
        ],
        ...[
          'inizia alle nove',
          'quando inizia?',
          'Ciao, inizia domani il corso',
          'rimuovi il secondo',
          'basta grazie arrivo domani',
        ],
      ],
    },
    French: {
      out: [
        ...[
          'Arrêtez svp',
          'arrêtez s’il vous plaît',
          "S'il vous plaît arrêtez",
          'Stop merci',
          'STOP, merci beaucoup',
          'Bonjour, stop',
        ],
        ...[
          'arret merci',
          'désabonnez-moi',
          'Désabonnez moi svp',
          'désinscrivez-moi',
          'me désabonner',
          'je veux me désabonner',
        ],
        ...[
          'Je souhaite me désinscrire',
          'retirez-moi de la liste',
          'Supprimez-moi de votre liste',
          'enlevez-moi de votre liste',
        ],
        ...[
          "arrêtez de m'écrire",
          "Arrêtez de m'envoyer des messages",
          "arrêtez de m'envoyer des sms",
          'arrêtez les sms',
        ],
        ...[
          'arrêtez vos messages',
          'stop aux sms',
          'plus de messages',
          'plus de sms svp',
          "ne m'écrivez plus",
          'ne me contactez plus',
        ],
        ...[
          'je ne veux plus de messages',
          'je ne veux plus recevoir de sms',
          'supprimez mon numéro',
          'désabonnement svp',
          'ARRÊT 🛑',
        ],
      ],
      in: [
        'Démarrer',
        'DÉMARRER',
        'demarrer',
        'Démarrer svp',
        'commencer',
        'réabonnez-moi',
        'me réabonner',
        'Start merci',
      ],
      neither: [
        ...[
          'arrêt de bus',
          "à l'arrêt",
          "n'arrêtez pas",
          'ne pas arrêter',
          "le bus s'arrête ici",
          'arrêt maladie',
          'arrête de rire',
        ],
        ...[
          'arrêtez la commande',
          'merci',
          's’il vous plaît',
          'stop ou encore',
          'on fait un stop à Lyon',
          'ne me désabonnez pas',
        ],
        ...[
          'plus de messages demain',
          'je veux plus de temps',
          'annulez ma commande',
          'démarrer la voiture',
          'on va démarrer',
        ],
        ...[
          'quand commencer ?',
          'commencer demain',
          'ne vous arrêtez pas',
          'arrêtez-vous à la boulangerie',
          'sans arrêt',
        ],
      ],
    },
    German: {
      out: [
        ...[
          'Bitte stopp',
          'Beenden',
          'stopp bitte',
          'Stopp, danke',
          'STOP danke',
          'bitte abmelden',
          'Bitte abmelden, danke',
          'abmelden bitte',
        ],
        ...[
          'Hallo, bitte abmelden',
          'melden Sie mich ab',
          'Bitte melden Sie mich ab',
          'melde mich ab',
          'mich abmelden',
        ],
        ...[
          'ich möchte mich abmelden',
          'Ich will mich abmelden',
          'keine SMS mehr',
          'Bitte keine Nachrichten mehr',
        ],
        ...[
          'bitte keine weiteren Nachrichten',
          'Ich möchte keine Nachrichten mehr',
          'ich möchte keine SMS mehr erhalten',
        ],
        ...['schreiben Sie mir nicht mehr', 'kontaktieren Sie mich nicht mehr', 'löschen Sie meine Nummer'],
        ...[
          'Bitte löschen Sie mich aus dem Verteiler',
          'nehmen Sie mich aus der Liste',
          'hören Sie auf mir zu schreiben',
        ],
        ...['Stoppen', 'Abmeldung bitte', 'abbestellen, vielen Dank', 'Stopp. Vielen Dank', 'STOPP MfG'],
      ],
      in: ['Bitte anmelden', 'anmelden, danke', 'Starten', 'start bitte', 'melden Sie mich wieder an'],
      neither: [
        ...[
          'bitte nicht stoppen',
          'nicht abmelden',
          'bitte nicht abmelden',
          'Stopp mal kurz',
          'die Stoppuhr',
          'danke',
          'bitte',
        ],
        ...[
          'abmelden geht nicht',
          'wann muss ich mich abmelden?',
          'ich kann mich nicht abmelden',
          'keine Zeit mehr',
        ],
        ...[
          'ich habe keine Nachrichten mehr bekommen',
          'schreiben Sie mir nicht mehr an die alte Adresse',
          'Bushaltestelle',
        ],
        ...[
          'stopp den Auftrag',
          'Bestellung abbestellen',
          'wir starten morgen',
          'bitte anmelden bis Freitag',
          'Ende',
          'ich bin krank',
        ],
      ],
    },
    Spanish: {
      out: [
        ...[
          'Baja por favor',
          'quiero la baja',
          'Solicito la baja',
          'baja ya',
          'por favor baja',
          'BAJA, gracias',
          'Stop gracias',
          'cancelar por favor',
          'Hola, baja',
          'darme de baja',
        ],
        ...[
          'Quiero darme de baja',
          'denme de baja',
          'deme de baja por favor',
          'dar de baja',
          'darme de baja de la lista',
        ],
        ...[
          'no más mensajes',
          'No mas mensajes por favor',
          'no me escriban más',
          'no me contacten más',
          'no me envíen más mensajes',
        ],
        ...[
          'no me manden más sms',
          'no quiero más mensajes',
          'No quiero recibir más mensajes',
          'dejen de escribirme',
        ],
        ...[
          'dejen de enviarme mensajes',
          'paren de enviarme mensajes',
          'elimíname de la lista',
          'bórrenme',
          'sáquenme de la lista',
        ],
        ...[
          'eliminar mi número',
          'cancelar suscripción',
          'cancelar mi suscripción',
          'detener',
          'ALTO por favor',
          'basta, gracias',
        ],
      ],
      in: [
        'Alta por favor',
        'empezar',
        'Comenzar',
        'iniciar',
        'start gracias',
        'quiero darme de alta',
        'suscribirme por favor',
      ],
      neither: [
        ...[
          'estoy de baja',
          'la baja médica',
          'baja el precio',
          'baja por favor el volumen',
          'alto ahí',
          'muy alto',
          'más alto por favor',
        ],
        ...[
          'cancelar mi pedido',
          'cancelar la cita',
          'por favor cancelar la reserva',
          'no basta',
          'gracias',
          'hola',
          'temporada baja',
        ],
        ...[
          'no me escriban más tarde',
          'no quiero más pan',
          'cuándo empezar',
          'empezar mañana',
          'alta mar',
          'parar el coche',
        ],
        ...[
          'no quiero darme de baja',
          'dejen de hablar',
          'no más por hoy',
          'no me den de baja',
          'basta con avisar',
        ],
      ],
    },
    Portuguese: {
      out: [
        ...[
          'Parar por favor',
          'por favor parar',
          'Sair, obrigado',
          'SAIR obrigada',
          'stop obrigado',
          'cancelar por favor',
          'Olá, sair',
        ],
        ...[
          'remova-me',
          'me remova da lista',
          'Tire-me da lista',
          'me tire da lista por favor',
          'descadastre-me',
          'me descadastre',
        ],
        ...[
          'quero sair da lista',
          'sair da lista',
          'cancelar inscrição',
          'cancelar minha assinatura',
          'descadastrar',
          'pare',
        ],
        ...[
          'pare de me enviar mensagens',
          'parem de mandar mensagens',
          'Pare de me mandar mensagens',
          'pare de me contatar',
        ],
        ...[
          'não quero mais mensagens',
          'Não quero mais receber mensagens',
          'não me envie mais mensagens',
          'nao me mande mais nada',
        ],
        ...['não me contate mais', 'chega de mensagens', 'remover, obrigado', 'Bom dia, parar por favor'],
      ],
      in: [
        'começar',
        'COMEÇAR',
        'Comecar',
        'começar por favor',
        'iniciar obrigado',
        'inscrever',
        'me inscreva',
      ],
      neither: [
        ...[
          'vou sair',
          'sair às cinco',
          'não parar',
          'parar na loja',
          'não vou parar',
          'cancelar o pedido',
          'cancelar a consulta',
        ],
        ...[
          'quando sair me avise',
          'obrigado',
          'bom dia',
          'por favor',
          'pode parar aqui',
          'começar amanhã',
          'vamos começar',
        ],
        ...[
          'remover o item',
          'não quero mais pão',
          'não me remova',
          'pare com isso',
          'não me envie mais tarde',
          'sem parar',
        ],
      ],
    },
  };

  describe.each(Object.entries(tables))('in %s', (_, table) => {
    test.each(table.out)('%j opts out', (text) => expect(detect(text)).toBe('out'));
    test.each(table.out)('%j in other cases, without accents and between signs opts out', (text) => {
      expect(detect(text.toUpperCase())).toBe('out');
      expect(detect(text.toLowerCase())).toBe('out');
      expect(detect(text.normalize('NFD').replace(/\p{M}/gu, ''))).toBe('out');
      expect(detect(`  "${text}" 🙏🏽 \n`)).toBe('out');
    });
    test.each(table.in)('%j opts in', (text) => expect(detect(text)).toBe('in'));
    test.each(table.neither)('%j does neither', (text) => {
      expect(detect(text)).toBeNull();
      expect(detect(text.toUpperCase())).toBeNull();
      expect(detect(text.toLowerCase())).toBeNull();
      expect(detect(`${text} 🙏`)).toBeNull();
    });
  });

  test.each([
    ...[
      'STOP\nMario Rossi',
      'Stop\nMario',
      'STOP\n\nMario Rossi',
      'STOP - Mario Rossi',
      'stop – Mario',
      'Stop. Mario Rossi',
    ],
    ...[
      'Stop grazie Mario Rossi',
      'Stop, thanks, John',
      'Basta grazie\nMario Rossi',
      'Stop. Thank you. John Smith',
    ],
    ...[
      'Please stop\nKind regards\nJohn Smith',
      'Cordiali saluti, stop',
      'STOP\nCordiali saluti\nMario Rossi',
      'STOP\n--\nAda\nACME srl',
    ],
    ...[
      'STOP\nSent from my iPhone',
      'Stop Sent from my iPhone',
      'Basta\nInviato da iPhone',
      'STOP\nEnvoyé de mon iPhone',
    ],
    ...[
      'Baja\nEnviado desde mi iPhone',
      'Stopp\nGesendet von meinem iPhone',
      'STOP\nGet Outlook for Android',
      'STOP\nJ. Smith',
    ],
    ...[
      'STOP\n> Our offers of the week',
      'Stop\r\nMario',
      'STOP ❤️',
      'STOP ™️',
      'stop ✋🏽',
      '🚫 stop 🚫',
      'STOP 1️⃣',
      'ℹ️ STOP',
      'Stop 🇮🇹',
    ],
    ...[
      '*STOP*',
      '_stop_',
      '«Stop»',
      'STOP :)',
      'stop :-)',
      'S T O P',
      'STOP\u200b',
      '\u202aSTOP\u202c',
      'STOP\u00a0please',
    ],
  ])('%j opts out with a signature or an emoji behind it', (text) => expect(detect(text)).toBe('out'));

  test.each([
    ...[
      'STOP\nSTART',
      'START\nSTOP',
      'Stop - start',
      'Stop\nI will be there at five',
      'Stop. where are you?',
      'Stop - domani',
    ],
    ...[
      'Mario Rossi',
      'Mario\nSTOP il lavoro',
      'Stop grazie ci vediamo domani',
      'Stop thanks see you',
      'Basta! Ci vediamo alle cinque',
    ],
    ...[
      'Sent from my iPhone',
      'See you at the stop\nMario Rossi',
      'ok\n> STOP',
      'Stop! Where are you?',
      '1️⃣',
      'ℹ️',
    ],
  ])('%j does neither', (text) => expect(detect(text)).toBeNull());

  test.each([
    ...[
      'Stop. Not interested',
      "STOP, I'm not interested, thanks",
      'Basta, non mi interessa',
      'Stop merci, pas intéressé',
    ],
    ...['Baja, no me interesa', 'Stopp, kein Interesse', 'Parar, não tenho interesse', 'Stop. Wrong number.'],
    ...[
      'Stop. Do not text me again.',
      'Basta! Non scrivetemi più. Grazie',
      'STOP!!! Unsubscribe me',
      'Stop?',
      'unsubscribe?',
    ],
  ])('%j opts out', (text) => expect(detect(text)).toBe('out'));

  test.each([
    'No more messages?',
    'plus de messages ?',
    'Stop texting me?? 😂',
    'not interested',
    'wrong number',
    'kein Interesse',
  ])('%j does not', (text) => expect(detect(text)).toBeNull());

  test('surrounds the keywords of a profile too', () => {
    const words = { stop: ['genug'], start: ['wieder'] };
    expect(detect('Bitte genug, danke', words)).toBe('out');
    expect(detect('wieder bitte', words)).toBe('in');
    expect(detect('genug Zeit', words)).toBeNull();
    // They replace the sentences as well.
    expect(detect('unsubscribe me', words)).toBeNull();
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
/** Long enough to be no word that may stand before a keyword. */
const letters = fc.stringMatching(/^[a-z]{9,14}$/);

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
