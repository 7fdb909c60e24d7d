/** Words about a person who wants no messages, whatever is said about them. */
const personal =
  /opted ?out\b|\bhas opt(?:ed)? ?out|\b(?:in|on) (?:the |an? |our |your )?opt ?out|\bopt ?out (?:list|recipient|number|user|by (?:user|recipient|customer))|\bopt ?out\W*$|^\W*opt ?out\b(?! ?\w)|unsubscribed\b/i;

/** Words about a list, which may also hold senders, addresses or texts. */
const listed = /(?:black|block|deny) ?list(?:ed)?\b/i;

/** Other things that may be on such a list. */
const notRecipient =
  /\b(?:sender|source|originator|from|ip|host|caller|address|account|plan|key|client|url|link|domain|content|text|message body|body|keyword|word|template|campaign|agent|route|operator|carrier|country|prefix|brand|company)\b/i;

/** Someone else who opted out or canceled a subscription. */
const others =
  /\b(?:account|plan|sender|campaign|brand|company|agent|client) (?:(?:is|was|has|have|been) )*(?:opted|unsubscribed)/i;

/** Words that turn the meaning around, or leave it open. */
const negated =
  /(?:\bnot|\bnever|\bisn.?t|\bhasn.?t|\bwithout|\bmissing|\bmust|\brequire[sd]?|\binstructions?|\blink|\bfooter|\bkeyword|\bblocked or) (?:\w+ ){0,2}(?:opted|opt|unsubscribed|black|block|deny)|opt ?out (?:text|link|instructions?|keyword|footer|method|language|is (?:missing|required))/i;

const recipient = /\b(?:recipient|destination|msisdn|number|phone|subscriber|customer|user|handset)\b/i;

/**
 * Reports whether the reason of a rejection says that the recipient opted out, unsubscribed or is on a list of people who
 * want no messages. The gateway has no code for it. A reason that may mean something else does not.
 */
export function saysOptedOut(reason: string): boolean {
  const words = splitCodes(reason);
  if (negated.test(words) || others.test(words)) return false;
  return personal.test(words) || (listed.test(words) && !notRecipient.test(words));
}

/**
 * As `saysOptedOut`, for a response that denies access (HTTP 403), which is about the caller unless it names the
 * recipient.
 */
export function saysRecipientOptedOut(reason: string): boolean {
  const words = splitCodes(reason);
  const namesRecipient = recipient.test(words) && !notRecipient.test(words);
  return saysOptedOut(reason) && (namesRecipient || /opt(?:ed)? ?out/i.test(words));
}

/** Returns a reason with the words of its codes apart: `USER_OPTED_OUT`, `recipientOptedOut`. */
function splitCodes(reason: string): string {
  return reason.replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ').replace(/[_.:/-]+/g, ' ');
}
