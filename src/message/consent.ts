import { type ConsentChange, type ConsentKeywords, normalizeKeyword, tokenize } from './opt-out.ts';

/**
 * Keywords that, as a whole message, can hardly mean anything else. Without `no`, `yes`, `ja`, `sì`, which answer
 * questions, and without `fine`, which means the end in Italian and well in English.
 */
export const defaultConsentKeywords = {
  stop: [
    ...[
      'stop',
      'stopall',
      'stop all',
      'unsubscribe',
      'unsub',
      'cancel',
      'end',
      'quit',
      'revoke',
      'remove',
      'optout',
      'opt out',
    ],
    ...[
      'basta',
      'annulla',
      'cancella',
      'cancellami',
      'disiscrivi',
      'disiscrivimi',
      'rimuovimi',
      'disiscrizione',
      'interrompi',
    ],
    ...[
      'arrêt',
      'arrêter',
      'arrêtez',
      'arrête',
      'désabonner',
      'désabonnement',
      'désinscrire',
      'désinscription',
    ],
    ...[
      'stopp',
      'stoppen',
      'abmelden',
      'abmeldung',
      'beenden',
      'abbestellen',
      'austragen',
      'afmelden',
      'uitschrijven',
    ],
    ...['baja', 'alto', 'cancelar', 'detener', 'desuscribir', 'desuscribirme'],
    ...['parar', 'pare', 'sair', 'remover', 'descadastrar', 'descadastre'],
    ...['стоп', 'отписаться', 'στοπ', 'توقف'],
  ],
  start: [
    ...['start', 'unstop', 'subscribe', 'resubscribe', 'optin', 'opt in'],
    ...['inizia', 'avvia', 'iscrivi', 'iscrivimi', 'riattiva'],
    ...['démarrer', 'commencer', 'réabonner', 's’abonner', 'réabonnement'],
    ...['alta', 'empezar', 'comenzar', 'iniciar', 'suscribir', 'suscribirme'],
    ...['começar', 'inscrever', 'reinscrever'],
    ...['starten', 'anmelden', 'aanmelden', 'старт'],
  ],
};

/**
 * Sentences that say the same as a keyword, by language. `(a|b)` is a choice, `[a|b]` one that may be left out. They are
 * recognized as a whole message only, as keywords are.
 */
const stopSentences = [
  // English
  '(stop|quit) (texting|messaging|contacting|spamming|bothering|harassing|emailing) [me|us|this number] [now|please|anymore|any more|ever again|immediately]',
  'stop sending [me|us] [any|these|those|your|more|any more|all] (messages|texts|sms|text messages|spam|ads|promotions|stuff) [now|please|anymore|any more]',
  'stop sending [me|us] [this|these|those]',
  'stop [all|these|those|your|the|this] (messages|message|texts|text messages|texting|messaging|sms|spam|ads|promotions|marketing|notifications) [now|please|anymore]',
  'stop (it|this|that)',
  'leave (me|us) alone',
  '(unsubscribe|remove|delete) (me|us|my number|this number|my phone number) [now|please|immediately]',
  '(unsubscribe|remove|delete|take) (me|us|my number|this number) (from|off|off of) [your|this|the|all|all your|your sms|your mailing|your marketing] (list|lists|database|messages|texts|sms|service|mailing list|marketing|marketing list)',
  'take (me|us|my number|this number) off',
  'unsubscribe (from|to) [this|the|your|all|these] [list|lists|service|messages|texts|sms|newsletter]',
  'opt (me|us) out [of this|of these|of all|of your messages|from this]',
  '[i|we] [want|wish|would like|d like|want you] to (unsubscribe|opt out|be removed|be unsubscribed|stop receiving messages|stop receiving these messages|stop receiving texts)',
  '(do not|don t|dont|never) (text|message|contact|sms|spam) (me|us|this number) [again|anymore|any more|please|ever again]',
  '(do not|don t|dont) send [me|us] [any|any more|anymore|these|more] (messages|texts|sms) [again|anymore|any more|please]',
  'no more (messages|texts|sms|spam|text messages)',
  '[please] (cancel|end) [my|the|this] subscription',
  // Italian
  '(disiscrivetemi|cancellatemi|rimuovetemi|toglietemi|toglimi|eliminatemi|eliminami|disiscriveteci|rimuoveteci|cancellateci) [subito]',
  '(disiscrivimi|disiscrivetemi|cancellami|cancellatemi|rimuovimi|rimuovetemi|toglimi|toglietemi|eliminami|eliminatemi) (dalla|da questa|dalla vostra|dalle vostre|dalle) (lista|liste|rubrica|mailing list|newsletter)',
  '(rimuovi|rimuovete|cancella|cancellate|elimina|eliminate|togliete) (il mio|questo) numero',
  '[desidero|chiedo di|richiedo di|richiedo] (disiscrivermi|essere rimosso|essere rimossa|essere cancellato|essere cancellata)',
  '(voglio|vorrei|chiedo di|desidero) (disiscrivermi|cancellarmi|disdire l iscrizione|essere cancellato|essere cancellata|essere rimosso|essere rimossa)',
  '(annulla|annullare|annullate|cancella|cancellare|disdire|disdici) [la|l|la mia] (iscrizione|sottoscrizione)',
  '(non scrivetemi|non scrivermi|non contattatemi|non contattarmi|non disturbatemi) [piu]',
  '(non inviatemi|non inviarmi|non mandatemi|non mandarmi|non inviate|non mandate) [piu] [altri|questi|questo tipo di] (messaggi|sms|pubblicita|whatsapp)',
  'non voglio [piu] [ricevere] [altri|questi|i vostri|vostri] (messaggi|sms|pubblicita|comunicazioni)',
  'non (inviatemi|mandatemi) piu (nulla|niente)',
  'mi (cancelli|cancelliate|cancellate|rimuova|rimuoviate|rimuovete|tolga|togliete|elimini|eliminate|disiscriva|disiscrivete) [dalla lista|da questa lista|dalla vostra lista|dalle vostre liste]',
  '(smettila|smettetela)',
  '(lasciatemi|lasciami|mi lasci|mi lasciate) in pace',
  '(smettetela|smettila|smettete|smetti) di (scrivermi|inviarmi|mandarmi|contattarmi|disturbarmi|scriverci) [messaggi|sms|pubblicita]',
  '(basta|stop) [con|a|ai|agli|con i|con gli|con questi] (messaggi|sms|pubblicita|messaggini|promozioni)',
  '(basta|stop) (scrivermi|inviarmi messaggi|mandarmi messaggi|messaggiarmi)',
  // French
  '(désabonnez|désabonne|désinscrivez|désinscris|retirez|retire|supprimez|supprime|enlevez|enlève) moi [de la liste|de votre liste|de vos listes|de cette liste]',
  '(me|m) (désabonner|désinscrire)',
  'me (retirer|supprimer|enlever|désabonner|désinscrire) de (la liste|votre liste|vos listes|cette liste)',
  'cesser',
  '(arrêtez|arrête) ça',
  '(laissez|laisse) moi (tranquille|en paix)',
  '[je] (veux|voudrais|souhaite|désire) (me désabonner|me désinscrire|être désabonné|être désabonnée|être retiré|être retirée|être retiré de la liste)',
  '(arrêtez|arrête|arrêter|cessez|cesse|cesser|stop) [de] (m écrire|me contacter|me déranger|m envoyer des sms|m envoyer des messages|m envoyer ces messages|m envoyer vos messages|les sms|les messages|vos sms|vos messages|ces messages|ces sms|aux sms|aux messages|la pub)',
  'plus (de|aucun) (sms|message|messages|pub|publicité)',
  'ne plus (m écrire|me contacter|me déranger|m envoyer de messages|m envoyer de sms|m envoyer de message)',
  'ne (m écrivez|me contactez|m envoyez|me dérangez) plus [rien|de sms|de messages|de message|jamais]',
  'je ne veux plus (de|recevoir de|recevoir vos|recevoir ces|de vos) (sms|messages|message|pub)',
  '(supprimez|retirez|enlevez|supprimer|retirer|enlever) mon numéro [de votre liste|de la liste]',
  '(annuler|annulez) [mon|l] (abonnement|inscription)',
  // German
  '(melden|meldet|meld|melde) [sie] mich [bitte] ab',
  '[ich] (will|möchte|will mich|möchte mich) [mich] [bitte] (abmelden|austragen)',
  '(mich|uns) [bitte] (abmelden|austragen|löschen)',
  'keine [weiteren|weitere|mehr] (sms|nachrichten|werbung|nachricht) [mehr]',
  '[ich] (will|möchte|wünsche) keine [weiteren|weitere] (sms|nachrichten|werbung) [mehr] [erhalten|bekommen]',
  '(schreiben|schreibt|schreib|kontaktieren|kontaktiert) [sie] mir nicht mehr',
  '(kontaktieren|kontaktiert) [sie] mich nicht mehr',
  '(schicken|schickt|senden|sendet) [sie] mir [bitte] (keine|nichts) [sms|nachrichten|werbung] mehr',
  '(hören|hört|hör) [sie] [bitte|sofort|jetzt] auf [damit|mir zu schreiben|mich zu kontaktieren|mir sms zu schicken|mir nachrichten zu schicken]',
  '(löschen|löscht|lösche) [sie] (mich|meine nummer) [aus der liste|aus dem verteiler|aus ihrem verteiler]',
  '(nehmen|nehmt|streichen|streicht|entfernen|entfernt|entferne) [sie] (mich|meine nummer) [bitte] (aus|von) (der liste|dem verteiler|ihrem verteiler|ihrer liste)',
  '(newsletter|sms) (abmelden|abbestellen)',
  '(aufhören|aufhoeren|löschen|loeschen)',
  '(meine nummer|meine daten) (löschen|loeschen)',
  '(lasst|lass|lassen) [sie] (mich|uns) in (ruhe|frieden)',
  // Spanish
  '[quiero|solicito|deseo] [la|mi] baja [ya|inmediata]',
  '[quiero|deseo|quisiera|necesito|por favor] (darme|dadme|denme|déme|dame|dar|dénme|date) de baja [de la lista|de esta lista|de este servicio|del servicio]',
  '(no más|basta de|no mas|stop) (mensajes|sms|publicidad)',
  'no (me escriban|me escriba|me escribas|me contacten|me contacte|me molesten|escribirme) [más|nunca más]',
  'no (me envíen|me envíe|me envíes|me manden|me mande|enviar|envíen|enviarme|manden|mandarme) [más|mas] (mensajes|sms|publicidad|nada)',
  'no quiero [recibir] [más|sus|estos] (mensajes|sms|publicidad)',
  'no quiero recibir [más] [de] [sus] (mensajes|sms|publicidad)',
  '(dejen|deje|deja|dejad|paren|pare|para) de (escribirme|enviarme mensajes|mandarme mensajes|enviarme sms|mandarme sms|molestarme|contactarme|enviar mensajes|mandar mensajes)',
  '(elimíname|elimínenme|elimineme|bórrame|bórrenme|bórreme|quítame|quítenme|quíteme|sáquenme|sácame) [de la lista|de esta lista|de su lista|de sus listas]',
  'eliminar de (la|esta|su) lista',
  'ya basta',
  '(dejen|deje|deja) de molestar',
  '[quiero|deseo] (eliminarme|borrarme|quitarme|sacarme) [de la lista|de esta lista|de su lista|de sus listas|de vuestra lista]',
  '(para|paren|pare|parad) (por favor|porfavor|porfa|por fa|xfavor|x favor|ya)',
  'por favor (para|paren|pare|parad)',
  '(detente|deténgase|deténganse|deteneos)',
  '(déjame|déjeme|déjenme|dejadme) (en paz|tranquilo|tranquila)',
  '(eliminar|borrar|borren|eliminen) (mi número|este número)',
  '(cancelar|anular) [mi|la] suscripción',
  // Portuguese
  'me (remover|retirar|tirar|excluir|descadastrar) (da lista|desta lista|da sua lista|dessa lista)',
  '(remova|remove|remover|tire|tira|tirar|retire|retirar|exclua|excluir|apague|descadastre|cancele) me [da lista|desta lista|da sua lista|dessa lista]',
  'me (remova|remove|tire|tira|retire|retira|exclua|descadastre|descadastra) [da lista|desta lista|dessa lista|da sua lista|por favor]',
  '[quero|desejo|gostaria de] (me descadastrar|descadastrar me|ser removido|ser removida|sair da lista|sair desta lista|cancelar a inscrição|cancelar inscrição)',
  '(pare|parem|para) de (me enviar|me mandar|enviar|mandar|enviar me|mandar me) [estas|essas|mais] [mensagens|sms|mensagem|spam]',
  '(pare|parem|para) de me (contatar|contactar|incomodar|escrever|perturbar)',
  'não (me envie|me enviem|me mande|me mandem|envie|enviem|mande|mandem|enviar|mandar) [mais] (mensagens|mensagem|sms|nada|publicidade)',
  'não quero [mais] [receber] [mais|suas|essas|estas] (mensagens|mensagem|sms|publicidade)',
  'não me (contate|contacte|contactem|contatem|escreva|escrevam|incomode|incomodem) mais',
  '(chega|basta) de (mensagens|sms)',
  '[já] chega',
  '(me deixe|me deixem|me deixa|deixe me|deixem me|deixa me) em paz',
  '(cancelar|cancele|cancelem) [a|minha|a minha] (inscrição|assinatura|subscrição)',
  '(remova|removam|apaguem|tirem|retirem) (o meu|meu|este) número [da lista]',
]
  .map(toPattern)
  // With the short code that the messages come from. `cancel 48123` may mean an order.
  .concat(/(?:stop|stopp|stopall|unsubscribe|optout|opt out|arret|baja|basta|parar|sair) (?:to )?\d{5,6} /y);

/** As `stopSentences`, for opting in. */
const startSentences = [
  '(subscribe|resubscribe|opt) (me|us) [in|again]',
  'start (again|texting me|messaging me|messages)',
  '(iscrivimi|iscrivetemi|reiscrivimi|reiscrivetemi|riattivami) [di nuovo]',
  '(abonnez|réabonnez|inscrivez) moi',
  '(me|m) (réabonner|abonner|inscrire)',
  '(melden|meldet|melde) [sie] mich [wieder] an',
  '(darme|denme|déme|dame) de alta',
  'quiero darme de alta',
  '(me inscreva|inscreva me|quero me inscrever)',
  '(inicio|reanudar|retomar|voltar|riprendi|ricomincia|reprendre|recommencer)',
].map(toPattern);

/**
 * Words that may directly follow an opt-out keyword or sentence without changing its meaning: names for our messages. A fixed list, since not every word may follow: `STOP PROMO` opts out, `stop there` and `cancel tomorrow` do not.
 */
const topics = [
  ...['all', 'sms', 'mms', 'rcs', 'whatsapp', 'msg', 'msgs', 'messages', 'texts', 'texting'],
  ...['promo', 'promos', 'promotions', 'marketing', 'ads', 'spam', 'newsletter', 'info'],
  ...['messaggi', 'tutto', 'tutti', 'pubblicità', 'promozioni', 'pub'],
  ...['mensajes', 'publicidad', 'mensagens', 'nachrichten', 'werbung'],
];

/** Reasons and urgency, which may follow an opt-out keyword without changing its meaning. */
const trailingWords = [
  ...[
    'not interested',
    'i am not interested',
    'i’m not interested',
    'wrong number',
    'you have the wrong number',
  ],
  ...[
    'non mi interessa',
    'non mi interessano',
    'non sono interessato',
    'non sono interessata',
    'numero sbagliato',
  ],
  ...[
    'pas intéressé',
    'pas intéressée',
    'je ne suis pas intéressé',
    'je ne suis pas intéressée',
    'mauvais numéro',
  ],
  ...['no me interesa', 'no estoy interesado', 'no estoy interesada', 'número equivocado'],
  ...['não me interessa', 'não tenho interesse', 'número errado', 'kein interesse', 'falsche nummer'],
  ...['now', 'right now', 'right away', 'at once', 'immediately', 'asap', 'as soon as possible', 'today'],
  ...['from now on', 'forever', 'for good', 'permanently', 'anymore', 'any more', 'urgent', 'urgente'],
  ...[
    'subito',
    'da subito',
    'immediatamente',
    'adesso',
    'ora',
    'oggi',
    'da oggi',
    'da ora',
    'da adesso',
    'per sempre',
  ],
  ...[
    'immédiatement',
    'tout de suite',
    'maintenant',
    'dès maintenant',
    'aujourd’hui',
    'dès aujourd’hui',
    'définitivement',
  ],
  ...['sofort', 'ab sofort', 'jetzt', 'umgehend', 'unverzüglich', 'dringend', 'heute', 'ab heute', 'gesagt'],
  ...['ya', 'ya mismo', 'ahora', 'ahora mismo', 'inmediatamente', 'de inmediato', 'hoy'],
  ...['já', 'agora', 'agora mesmo', 'imediatamente', 'a partir de agora', 'hoje'],
];

/** Words that may precede an opt-out keyword without changing its meaning: insistence, and forms of a request. */
const leadingWords = [
  ...[
    'just',
    'i said',
    'i already said',
    'i told you',
    'i told you to',
    'i asked you to',
    'now',
    'immediately',
  ],
  ...['ho detto', 'ho già detto', 'vi ho detto', 'ora', 'adesso', 'subito'],
  ...[
    'veuillez',
    'merci de',
    'merci d',
    'prière de',
    'prière d',
    'je vous prie de',
    'je vous prie d',
    'j’ai dit',
    'je vous ai dit',
  ],
  ...['ich sagte', 'ich habe', 'hiermit', 'umgehend', 'sofort', 'ab sofort', 'jetzt'],
  ...['he dicho', 'dije', 'ya he dicho', 'ya dije', 'eu disse', 'já disse', 'eu já disse'],
];

/** Words that may precede an opt-in keyword without changing its meaning. `yes, cancel` may answer a question. */
const agreement = ['yes', 'yeah', 'yep', 'yes please', 'sì', 'si', 'oui', 'ja', 'jawohl', 'sí', 'sim'];

/** Polite words, which may surround any keyword without changing its meaning. */
const courtesies = [
  ...[
    'ok',
    'okay',
    'ok then',
    'thank u',
    'thankyou',
    'hi team',
    'hello team',
    'vi prego',
    'la prego',
    'x piacere',
    'kindly',
    'thank you so much',
    'thanks so much',
    'thank you in advance',
    'thanks in advance',
  ],
  ...[
    'dear sir',
    'dear sirs',
    'dear madam',
    'dear sir or madam',
    'dear sir madam',
    'dear team',
    'warm regards',
  ],
  ...[
    'perfavore',
    'x favore',
    'xfavore',
    'prego',
    'grazie in anticipo',
    'gentili signori',
    'gentile azienda',
  ],
  ...[
    'spett le azienda',
    'spett le ditta',
    'egregi signori',
    'merci par avance',
    'madame',
    'monsieur',
    'messieurs',
  ],
  ...['danke im voraus', 'sehr geehrte damen und herren', 'guten tag zusammen', 'vg', 'beste grüße', 'gruß'],
  ...['xfavor', 'x favor', 'por fa', 'xfa', 'gracias de antemano', 'saludos cordiales', 'cordiales saludos'],
  ...['atentamente', 'estimados señores', 'estimado señor', 'buenas', 'favor', 'obrigado desde já'],
  ...['obrigada desde já', 'prezados', 'prezados senhores', 'prezado senhor', 'cordialmente'],
  ...[
    'please',
    'pls',
    'plz',
    'thank you',
    'thank you very much',
    'thanks',
    'thanks a lot',
    'many thanks',
    'thx',
    'ty',
  ],
  ...[
    'hi',
    'hello',
    'hey',
    'hi there',
    'dear all',
    'good morning',
    'good evening',
    'bye',
    'goodbye',
    'cheers',
    'sorry',
  ],
  ...['regards', 'best regards', 'kind regards', 'best', 'sincerely', 'sir', 'madam'],
  ...[
    'grazie',
    'grazie mille',
    'mille grazie',
    'tante grazie',
    'per favore',
    'per cortesia',
    'per piacere',
    'cortesemente',
  ],
  ...[
    'gentilmente',
    'ciao',
    'salve',
    'buongiorno',
    'buonasera',
    'buona giornata',
    'buona serata',
    'scusate',
    'scusi',
  ],
  ...['saluti', 'cordiali saluti', 'distinti saluti', 'un saluto', 'arrivederci'],
  ...[
    'merci',
    'merci beaucoup',
    'merci bien',
    'svp',
    's’il vous plaît',
    's’il te plaît',
    'stp',
    'bonjour',
    'bonsoir',
  ],
  ...[
    'bonne journée',
    'bonne soirée',
    'cordialement',
    'au revoir',
    'salut',
    'merci d’avance',
    'désolé',
    'désolée',
  ],
  ...['gracias', 'muchas gracias', 'mil gracias', 'por favor', 'porfa', 'porfavor', 'hola', 'buenos días'],
  ...['buenas tardes', 'buenas noches', 'buenas', 'saludos', 'un saludo', 'adiós', 'buen día'],
  ...['bitte', 'danke', 'vielen dank', 'danke schön', 'dankeschön', 'besten dank', 'hallo', 'guten tag'],
  ...[
    'guten morgen',
    'guten abend',
    'mfg',
    'lg',
    'mit freundlichen grüßen',
    'viele grüße',
    'liebe grüße',
    'tschüss',
  ],
  ...[
    'obrigado',
    'obrigada',
    'muito obrigado',
    'muito obrigada',
    'por gentileza',
    'olá',
    'oi',
    'bom dia',
    'boa tarde',
  ],
  ...['boa noite', 'atenciosamente', 'abraço', 'abraços', 'tchau', 'pf', 'pfv', 'sff', 'se faz favor'],
];

/** Returns the pattern of a sentence for normalized text in which each word is followed by a space. */
function toPattern(sentence: string): RegExp {
  const marks: Readonly<Record<string, string>> = { '(': '(?:', ')': ')', '[': '(?:', ']': ')?', '|': '|' };
  const source = sentence.replace(/[()[\]|]|[^()[\]|]+/g, (part) => {
    const words = normalizeKeyword(part);
    return marks[part] ?? (words === '' ? '' : `${words} `);
  });
  return new RegExp(source, 'y');
}

/** Texts to recognize: words and phrases by their normalized form, and sentences. */
interface Phrases {
  byNormalized: ReadonlyMap<string, string>;
  /** Number of words of the longest phrase. */
  longest: number;
  sentences: readonly RegExp[];
}

function toPhrases(texts: readonly string[], sentences: readonly RegExp[] = []): Phrases {
  // The first of several texts is the one that is listed.
  const byNormalized = new Map(texts.map((text) => [normalizeKeyword(text), text] as const).reverse());
  const longest = Math.max(...[...byNormalized.keys()].map((key) => key.split(' ').length));
  return { byNormalized, longest, sentences };
}

/** Returns the phrases and sentences at a place in a text, the longest first, and the places behind them. */
function matchPhrases(
  tokens: readonly string[],
  at: number,
  { byNormalized, longest, sentences }: Phrases,
): { end: number; word: string }[] {
  const found: { end: number; word: string }[] = [];
  for (let end = Math.min(at + longest, tokens.length); end > at; end--) {
    const word = byNormalized.get(tokens.slice(at, end).join(' '));
    if (word !== undefined) found.push({ end, word });
  }
  const rest = `${tokens.slice(at).join(' ')} `;
  for (const sentence of sentences) {
    sentence.lastIndex = 0;
    const word = sentence.exec(rest)?.[0].trim();
    if (word) found.push({ end: at + word.split(' ').length, word });
  }
  return found;
}

const phrases = {
  stop: toPhrases(defaultConsentKeywords.stop, stopSentences),
  start: toPhrases(defaultConsentKeywords.start, startSentences),
  courtesies: toPhrases(courtesies),
  topics: toPhrases(topics),
  trailing: toPhrases(trailingWords),
  leading: toPhrases(leadingWords),
  agreement: toPhrases(agreement),
};

/** Words of the longest message that can be a keyword with what surrounds it. Longer ones are not searched. */
const maxTokens = 40;

/** Characters at the end of a message that are searched for a question mark. */
const maxTailLength = 100;

/** Characters of the longest message that is searched for a signature. */
const maxSignedLength = 1_000;

/** Lines of a signature. */
const maxSignatureLines = 4;

/**
 * Detects a consent change in a message that says nothing else: a keyword or sentence, possibly repeated, with polite
 * words or one of `senders`, our names, around it, and a signature behind it. Returns the change and the keyword; null
 * for any other message, such as `stop by later` and `don't stop`.
 */
export function detectConsentKeyword(
  text: string,
  words: ConsentKeywords,
  senders: readonly (string | null | undefined)[] = [],
): { change: ConsentChange; word: string } | null {
  const stop = words.stop === undefined ? phrases.stop : toPhrases(words.stop);
  const start = words.start === undefined ? phrases.start : toPhrases(words.start);
  const names = senders.filter((name) => name != null).filter((name) => !isKeyword(name));
  const around = [phrases.courtesies, ...(names.length > 0 ? [toPhrases(names)] : [])];
  for (const body of listBodies(text)) {
    // `!!1` is a slip of the Shift key.
    const tokens = tokenize(body.replace(/![!1]+/g, '!'));
    if (tokens.length === 0 || tokens.length > maxTokens) continue;
    // `Stop?` may be a careless sign, `no more messages?` is a question.
    const isQuestion = /\?\P{L}*$/u.test(body.slice(-maxTailLength));
    const without = (wanted: Phrases) => (isQuestion ? { ...wanted, sentences: [] } : wanted);
    // A message that matches both opts out: one message too few does less harm than one too many.
    const stopWord = findPhrase(tokens, without(stop), {
      before: [...around, phrases.leading],
      directlyBehind: [phrases.topics],
      behind: [...around, phrases.trailing],
    });
    if (stopWord !== undefined) return { change: 'out', word: stopWord };
    const startWord = findPhrase(tokens, without(start), {
      before: [...around, phrases.agreement],
      directlyBehind: [],
      behind: around,
    });
    if (startWord !== undefined) return { change: 'in', word: startWord };
  }
  return null;
}

/** Words that may stand around a keyword. */
interface Surroundings {
  before: readonly Phrases[];
  directlyBehind: readonly Phrases[];
  behind: readonly Phrases[];
}

/** Returns the phrase of `wanted` that is the whole text, perhaps repeated, apart from the words around it. */
function findPhrase(
  tokens: readonly string[],
  wanted: Phrases,
  { before, directlyBehind, behind }: Surroundings,
): string | undefined {
  /** Returns the places that are reached from these through phrases of these kinds. */
  const reach = (from: Iterable<number>, kinds: readonly Phrases[]) => {
    const reached = new Set(from);
    for (const at of reached)
      for (const kind of kinds) for (const { end } of matchPhrases(tokens, at, kind)) reached.add(end);
    return reached;
  };
  for (const begin of reach([0], before))
    for (const { end, word } of matchPhrases(tokens, begin, wanted)) {
      // Places behind a keyword; the set grows while it is read.
      const ends = new Set([end]);
      for (const at of ends)
        for (const next of reach(reach([at], directlyBehind), behind)) {
          if (next === tokens.length) return word;
          for (const again of matchPhrases(tokens, next, wanted)) ends.add(again.end);
        }
    }
  return undefined;
}

/** A line that a program adds behind a message. */
const programSignature =
  /^(?:sent (?:from|via|with)|get outlook|inviato (?:da|con)|envoyé (?:de|depuis|avec)|enviado (?:desde|do|de|da|por)|gesendet (?:von|mit)|von meinem)\b/i;

/** A name of a person: capitalized words, initials. */
const name = String.raw`(?:\p{Lu}[\p{Ll}'’-]+|\p{Lu}\.?)`;
const nameOnly = new RegExp(`^${name}(?: ${name}){0,3}[.,!]?$`, 'u');
const dashedName = /^[-–—~]+ ?\p{Lu}[\p{L}'’.-]*(?: \p{Lu}[\p{L}'’.-]*){0,3}$/u;
const nameBehindSentence = new RegExp(`[.!…]\\s+${name}(?: ${name}){1,3}[.,!]?$`, 'u');
/** Case matters for the name, so the thanks are written in both. */
const thanks = [
  ...['thank [Yy]ou', 'thanks', 'grazie', 'grazie mille', 'merci', 'gracias', 'danke', 'dank', 'obrigad[oa]'],
  ...[
    'saluti',
    'regards',
    'sincerely',
    'cordialement',
    'saludos?',
    'cordiales',
    'cordialmente',
    'atentamente',
  ],
  ...['gr[üu](?:ß|ss)en?', 'mf[Gg]', 'l[Gg]', 'v[Gg]', 'atenciosamente'],
].map((word) => `[${word[0]}${word[0]?.toUpperCase()}]${word.slice(1)}`);
const nameBehindThanks = new RegExp(
  `(?<=(?<!\\p{L})(?:${thanks.join('|')})[,.!]?)\\s+${name}(?: ${name}){0,3}[.,!]?$`,
  'u',
);

/** A number of a phone, perhaps with the name of the device before it. */
const phone =
  /(?:(?<label>(?:tel|telephone|phone|ph|mob|mobile|mobil|cell|cel|handy|whatsapp|tél|téléphone|telefono|telefon|telefone|teléfono|móvil|celular)[.:]*\s*)|(?<![\p{L}\d]))(?<number>(?:\+|\()?\d[\d\s()./-]*\d)$/iu;

/** Fewest digits of a number that a signature gives without the word for a phone. */
const minPhoneDigits = 9;

/** A date, a date with a time, or the groups of four digits of a card or a parcel. */
const otherNumber =
  /^\d{1,2}[./-]\d{1,2}[./-]\d{4}(?!\d)|^\d{4}[./-]\d{1,2}[./-]\d{1,2}(?!\d)|\s\d{1,2}\.\d{2}$|^\d{4}(?:[ -]\d{4}){2,}/;

/**
 * Returns a text without the number of a phone at its end; as it is if there is none. Digits without a sign of a phone
 * may be the number of an order.
 */
function removePhone(text: string): string {
  const match = phone.exec(text);
  const { label, number = '' } = match?.groups ?? {};
  const digits = number.replace(/\D/g, '').length;
  const isPhone =
    label !== undefined || number.startsWith('+')
      ? digits >= 6
      : digits >= minPhoneDigits &&
        (/^[(0]/.test(number) || /\d[\s./-]+\d/.test(number)) &&
        !otherNumber.test(number);
  return match !== null && isPhone && digits <= 15 ? text.slice(0, match.index) : text;
}

/** An address of mail or of a page. */
const address = /^(?:\S+@\S+\.\S+|(?:https?:\/\/|www\.)\S+)$/i;

/** Yields a message, and the same without the signature or the quotation behind it. */
function* listBodies(text: string): Generator<string> {
  const trimmed = text.trim();
  const lines = trimmed
    .slice(0, maxSignedLength + 1)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const end = lines.findIndex((line) => line.startsWith('>') || /^(?:--|__)$/.test(line));
  const kept = end < 1 ? lines : lines.slice(0, end);
  // What is quoted is no part of the message.
  yield kept.length < lines.length ? kept.join('\n') : trimmed;
  if (trimmed.length > maxSignedLength) return;
  for (let left = maxSignatureLines; left > 0 && kept.length > 1 && isSignature(kept.at(-1) ?? ''); left--) {
    kept.pop();
    yield kept.join('\n');
  }
  const signed = kept.join('\n');
  const last = removePhone(signed).replace(/[\s,–—-]+$/, '');
  if (last !== signed) yield last;
  for (const behind of [
    /\s(?:sent from|inviato da|envoyé de|enviado desde|enviado do|gesendet von)\b.{0,60}$/i,
    /\s[-–—~]+ ?\p{Lu}[\p{L}'’.-]*(?: \p{Lu}[\p{L}'’.-]*){0,3}$/u,
    nameBehindThanks,
    nameBehindSentence,
  ])
    if (behind.test(last)) yield last.replace(behind, '');
}

function isSignature(line: string): boolean {
  const plain = line.replace(/\p{Extended_Pictographic}\uFE0F?/gu, '').trim();
  return (
    programSignature.test(line) ||
    address.test(plain) ||
    removePhone(plain).trim() === '' ||
    (!isKeyword(line) && (nameOnly.test(line) || dashedName.test(line)))
  );
}

function isKeyword(text: string): boolean {
  const tokens = tokenize(text);
  return (
    tokens.length === 0 ||
    tokens.some((token) => phrases.stop.byNormalized.has(token) || phrases.start.byNormalized.has(token))
  );
}
