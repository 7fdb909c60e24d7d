import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectConsentKeyword } from '../../src/message/consent.ts';
import { defaultConsentKeywords } from '../../src/message/consent-words.ts';
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

describe('a keyword with words that add nothing', () => {
  test.each([
    // English
    ...['stop', 'unsubscribe', 'STOPALL', 'opt out', 'quit', 'remove me', 'stop texting me'].flatMap(
      (word) => [
        `${word} thank you so much`,
        `${word} thanks in advance`,
        `${word} ASAP`,
        `${word} as soon as possible`,
        `${word}!!1`,
        `${word}!!!11!1`,
        `${word} today`,
        `${word} now`,
        `${word} right now`,
        `${word}, right away`,
        `${word} at once`,
        `${word} immediately please`,
        `${word} from now on`,
        `${word} forever`,
        `OK ${word}`,
        `Okay, ${word}`,
        `Kindly ${word}`,
        `${word} kindly`,
        `I said ${word}`,
        `I said ${word}!!!`,
        `Dear Sir, ${word}. Regards, John`,
        `Dear Sir or Madam, please ${word}. Kind regards, John Smith`,
        `Dear Sirs,\n${word}\nRegards\nJohn Smith`,
        `Dear team, ${word}`,
        `just ${word}`,
      ],
    ),
    ...['stop it', 'Stop it!', 'Stop this', 'stop that', 'Please stop it', 'stop this please', 'stop it now'],
    ...[
      'leave me alone',
      'Leave me alone!',
      'please leave me alone',
      'leave us alone',
      'STOP. Leave me alone',
    ],
    ...['STOP 48123', 'Stop 481234', 'unsubscribe 48123', 'STOP 48123 please', 'STOP +44 7911 123456'],
    // Italian
    ...['stop', 'basta', 'disiscrivimi', 'cancellami', 'cancellatemi', 'annulla'].flatMap((word) => [
      `${word} perfavore`,
      `${word} x favore`,
      `${word} xfavore`,
      `${word} subito`,
      `${word} immediatamente`,
      `${word} adesso`,
      `${word}, ora`,
      `${word} da subito`,
      `prego ${word}`,
      `Ho detto ${word}`,
      `ho detto ${word}!!!`,
      `ok ${word}`,
      `Gentile azienda, ${word}. Saluti, Mario`,
      `Gentili signori, ${word}. Cordiali saluti, Mario Rossi`,
      `${word} grazie in anticipo`,
    ]),
    ...['mi cancelli', 'mi cancelli per favore', 'mi cancellate', 'mi rimuova', 'mi tolga dalla lista'],
    ...['smettila', 'Smettila!', 'smettetela', 'Smettetela subito', 'lasciatemi in pace'],
    // French
    ...['stop', 'arrêtez', 'désabonnez-moi', 'désinscription'].flatMap((word) => [
      `${word} immédiatement`,
      `${word} tout de suite`,
      `${word} maintenant`,
      `${word} dès maintenant`,
      `${word} dès aujourd’hui`,
      `veuillez ${word}`,
      `j’ai dit ${word}`,
      `${word} merci par avance`,
      `Madame, Monsieur, ${word}. Cordialement, Jean Dupont`,
    ]),
    ...[
      'veuillez arrêter',
      'veuillez me désabonner',
      'Veuillez cesser',
      'merci d’arrêter',
      'laissez-moi tranquille',
    ],
    ...['veuillez me retirer de votre liste', 'veuillez ne plus m’écrire', 'merci de ne plus me contacter'],
    // German
    ...['stopp', 'abmelden', 'abbestellen', 'melden Sie mich ab'].flatMap((word) => [
      `${word} sofort`,
      `sofort ${word}`,
      `${word} jetzt`,
      `${word} ab sofort`,
      `${word}. MfG Hans`,
      `${word}. MfG, Hans Müller`,
      `${word} LG Hans`,
      `${word}\nMfG\nHans Müller`,
      `${word}. Mit freundlichen Grüßen, Hans Müller`,
      `Ich habe ${word} gesagt`,
      `ich sagte ${word}`,
      `Sehr geehrte Damen und Herren, ${word}. Mit freundlichen Grüßen Hans Müller`,
      `${word} danke im Voraus`,
    ]),
    ...['aufhören', 'bitte aufhören', 'Aufhören!', 'löschen', 'bitte löschen', 'loeschen', 'aufhoeren'],
    ...['lasst mich in Ruhe', 'lassen Sie mich in Ruhe', 'hör auf damit', 'hören Sie sofort auf'],
    // Spanish
    ...['baja', 'stop', 'desuscribir', 'darme de baja', 'eliminarme'].flatMap((word) => [
      `${word} xfavor`,
      `${word} x favor`,
      `${word} por fa`,
      `${word} ya`,
      `${word} ya mismo`,
      `${word} ahora`,
      `${word} inmediatamente`,
      `${word}. Saludos cordiales, Juan`,
      `${word}. Saludos, Juan Pérez`,
      `he dicho ${word}`,
      `Estimados señores, ${word}. Atentamente, Juan Pérez`,
      `${word} gracias de antemano`,
    ]),
    ...[
      'Para por favor',
      'paren por favor',
      'para ya',
      'Por favor para',
      'Detente',
      'deténganse',
      'detente por favor',
    ],
    ...['eliminarme de la lista', 'Eliminarme de su lista por favor', 'déjenme en paz', 'déjame en paz'],
    // Portuguese
    ...['parar', 'sair', 'descadastrar', 'me remova'].flatMap((word) => [
      `${word} já`,
      `${word} agora`,
      `${word} agora mesmo`,
      `${word} imediatamente`,
      `favor ${word}`,
      `${word} favor`,
      `${word} por favor já`,
      `eu disse ${word}`,
      `Prezados, ${word}. Atenciosamente, João Silva`,
      `${word} obrigado desde já`,
    ]),
    ...['chega', 'Chega!', 'chega por favor', 'me deixe em paz', 'me deixem em paz', 'já chega'],
    ...[
      'stop harassing me',
      'stop contacting me ever again',
      'Stop to 48123',
      'OK then stop',
      'Hi team, stop',
    ],
    ...[
      'STOP thank u',
      'stop thankyou',
      'vi prego basta',
      'La prego, mi cancelli',
      'stop x piacere',
      'basta da oggi',
    ],
    ...['je vous prie d’arrêter', 'veuillez supprimer mon numéro', 'arrête ça', 'stop aujourd’hui'],
    ...[
      'Hiermit abmelden',
      'bitte umgehend abmelden',
      'Stopp ab heute',
      'eliminar de la lista',
      'ya basta',
      'baja hoy',
    ],
    ...['quiero eliminarme', 'dejen de molestar', 'baja por favor. Un saludo, Juan'],
    ...['favor me remover da lista', 'pare hoje'],
  ])('%j opts out', (text) => {
    expect(detect(text)).toBe('out');
    expect(detect(text.normalize('NFD').replace(/\p{M}/gu, ''))).toBe('out');
  });

  test.each([
    ...[
      'yes start',
      'Yes, start',
      'yes please start',
      'sì inizia',
      'oui reprendre',
      'ja, starten',
      'sí inicio',
    ],
    ...[
      'INICIO',
      'inicio por favor',
      'reprendre',
      'riprendi',
      'Riprendi grazie',
      'voltar',
      'Voltar!',
      'OK start',
    ],
    ...['sim, voltar', 'recommencer', 'ricomincia', 'reanudar', 'retomar', 'start please'],
  ])('%j opts in', (text) => {
    expect(detect(text)).toBe('in');
    expect(detect(text.normalize('NFD').replace(/\p{M}/gu, ''))).toBe('in');
  });

  test.each([
    ...['STOP\nJohn Smith\n+44 7911 123456', 'STOP\n+44 7911 123456', 'Stop please\nJohn\nTel. 07911 123456'],
    ...['Basta\nMario Rossi\ncell. 347 1234567', 'STOP\nMario Rossi\nmario.rossi@example.com'],
    ...['STOP\nJohn Smith\nTel: +44 (0)7911 123456', 'Stopp\nHans Müller\nMobil 0151/1234567'],
    ...[
      'Arrêtez\nJean Dupont\n06.12.34.56.78',
      'Baja\nJuan\n📞 612 345 678',
      'STOP\nJohn Smith\nwww.example.com',
    ],
    ...[
      'STOP\nRegards, John\n+44 7911 123456',
      'Stop. John Smith, +44 7911 123456',
      'STOP - John Smith - 07911123456',
    ],
  ])('%j opts out with a number or an address in the signature', (text) => expect(detect(text)).toBe('out'));

  test.each([
    ...[
      'stop it at the shop',
      'stop it from raining',
      'stop this car',
      'stop this madness in the office',
      'stop that bus',
    ],
    ...[
      'leave me alone with him',
      'leave me a message',
      'leave it alone',
      'did they leave me alone',
      'left me alone',
    ],
    ...[
      'cancel 48123',
      'cancel 12345',
      'remove 48123',
      'end 48123',
      'stop 18:30',
      'Stop 18.30',
      'stop 5',
      'stop 12',
    ],
    ...['STOP 12/12/2026', 'stop 2 minutes', 'stop at 48123', 'order 48123', '48123', '48123 stop the order'],
    ...[
      'today',
      'now',
      'asap',
      'ok',
      'OK today',
      'OK now',
      'Dear Sir',
      'Dear Sir, regards, John',
      'I said',
      'kindly',
    ],
    ...[
      'I said stop by at five',
      'I said do not stop',
      "I said don't stop",
      'He said stop',
      'Who said stop',
      'said stop',
    ],
    ...[
      'I said I would stop by today',
      'stop by today',
      'stop here now',
      'stop at noon today',
      'cancel tomorrow now',
    ],
    ...[
      'ok cancel my order',
      'OK, stop by later',
      'Kindly cancel my appointment',
      'kindly remove item 2 now',
    ],
    ...[
      'yes',
      'Yes please',
      'yes today',
      'yes now',
      'yes start tomorrow',
      'yes we start now',
      'yes, I will start',
    ],
    ...['not now', 'not today', 'from now on', 'stop and go', 'start today or stop now', 'the last stop now'],
    ...[
      'Dear Sir, stop by later. Regards, John',
      'thank you so much',
      'Thank you so much, John',
      '!!1',
      '1',
      '11',
    ],
    ...[
      'ho detto basta che vieni',
      'ho detto che basta',
      'non ho detto basta',
      'ha detto basta',
      'prego',
      'subito',
    ],
    ...[
      'basta ora di punta',
      'basta subito dopo',
      'annulla subito l’ordine',
      'mi cancelli l’appuntamento',
      'ora basta il tempo',
    ],
    ...[
      'mi cancelli la prenotazione per favore',
      'smettila di ridere',
      'smettetela di fumare',
      'mi rimuova il punto',
    ],
    ...[
      'riprendi il treno',
      'riprendi domani',
      'non riprendi?',
      'ricomincia da capo',
      'per favore',
      'x favore',
    ],
    ...[
      'veuillez patienter',
      'veuillez annuler ma commande',
      'veuillez arrêter la commande',
      'immédiatement',
    ],
    ...[
      'veuillez ne pas arrêter',
      'reprendre rendez-vous',
      'reprendre la route',
      'je voudrais reprendre',
      'j’ai dit oui',
    ],
    ...[
      'merci d’arrêter la voiture',
      'merci de ne plus fumer',
      'maintenant',
      'tout de suite',
      'arrêtez maintenant la machine',
    ],
    ...[
      'sofort',
      'jetzt',
      'MfG Hans',
      'bitte nicht aufhören',
      'nicht löschen',
      'Foto löschen',
      'Termin löschen',
    ],
    ...[
      'ich kann nicht aufhören',
      'wann aufhören?',
      'mit dem Rauchen aufhören',
      'löschen Sie den Termin',
      'sofort kommen',
    ],
    ...[
      'Ich habe gesagt',
      'ich habe nicht stopp gesagt',
      'bitte den Auftrag löschen',
      'Aufhören zu arbeiten',
    ],
    ...[
      'ya',
      'ahora',
      'ya voy',
      'para mañana',
      'para por favor dos personas',
      'Para Juan por favor',
      'para',
      'para ti',
    ],
    ...[
      'paren el coche por favor',
      'detente en la esquina',
      'eliminarme del grupo de trabajo',
      'baja ya la música',
    ],
    ...[
      'inicio de curso',
      'el inicio',
      'inicio mañana',
      'he dicho que baja',
      'para hoy por favor',
      'para qué',
      'Para?',
    ],
    ...[
      'já',
      'agora',
      'agora não',
      'já vou',
      'favor',
      'por favor',
      'favor cancelar o pedido',
      'favor remover o item',
    ],
    ...[
      'chega às cinco',
      'quando chega?',
      'chega amanhã',
      'ele chega já já',
      'chega mais',
      'o pedido chega hoje',
      'já chegou',
    ],
    ...[
      'Voltar amanhã',
      'vou voltar',
      'quando voltar me avise',
      'não voltar',
      'voltar para casa',
      'me deixe saber',
    ],
    ...['Chega?', 'chega agora?', 'Chega hoje?', 'Voltar?', 'Inicio?', 'Löschen?'],
    ...[
      'cancel 27/11/2026 10.30',
      'cancel 02/11/2026 10.30',
      'cancel 2026-11-27 10.30',
      'annulla 02.11.26 10.30',
    ],
    ...['cancel 1234 5678 9012', 'cancel 1234-5678-9012-3456', 'cancel 123456789', 'cancel 1234567890123456'],
    ...[
      'Cancel\n123456789',
      'Cancel\n27/11/2026 10.30',
      'Cancel\n1234 5678 9012',
      'cancel order +1',
      'stop +1',
    ],
    ...['stop call me on +44 7911 123456', 'Stop by, my number is +44 7911 123456', 'end of line 0123456789'],
    ...[
      'remove item 0123456789',
      'cancel ref 0123456789',
      'annulla ordine 0123456789',
      'STOP\nmeeting\nwww.example.com',
    ],
    ...[
      'Meet me at\nJohn Smith\n+44 7911 123456',
      'Call me\n+44 7911 123456',
      '+44 7911 123456',
      'STOP\n12:30',
    ],
    ...[
      'STOP\n5',
      'Stop at the shop\n+44 7911 123456',
      'Cancel\nmy order\n12345678',
      'stop\n2 bottles of milk',
    ],
    ...[
      'see you at the stop asap',
      'the end now',
      'please end today’s call',
      'unsubscribe John',
      'no stop',
      'why stop now',
    ],
  ])('%j does neither', (text) => {
    expect(detect(text)).toBeNull();
    expect(detect(text.normalize('NFD').replace(/\p{M}/gu, ''))).toBeNull();
  });

  test.each([
    'STOP ACME',
    'Stop Acme',
    'stop, acme!',
    'ACME stop',
    'Hi Acme, please stop',
    'unsubscribe ACME',
    'basta ACME',
  ])('%j opts out of messages by ACME only', (text) => {
    const words = { stop: undefined, start: undefined };
    expect(detectConsentKeyword(text, words, ['ACME'])?.change).toBe('out');
    expect(detectConsentKeyword(text, words, ['Acme Shop', null, 'acme'])?.change).toBe('out');
    expect(detectConsentKeyword(text, words, ['Other'])).toBeNull();
    expect(detectConsentKeyword(text, words, [])).toBeNull();
  });

  test.each([
    'ACME',
    'ACME is great',
    'stop by ACME',
    'cancel my ACME order',
    'the ACME stop',
    'Acme please',
  ])('%j of a recipient of ACME does neither', (text) =>
    expect(detectConsentKeyword(text, { stop: undefined, start: undefined }, ['ACME'])).toBeNull(),
  );

  test('takes the name of the sender for no keyword', () => {
    const words = { stop: undefined, start: undefined };
    expect(detectConsentKeyword('Stop', words, ['Stop', '', '!!'])?.change).toBe('out');
    expect(detectConsentKeyword('Hello', words, ['', '!!'])).toBeNull();
    expect(detectConsentKeyword('start promo', words, ['promo'])?.change).toBe('in');
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
