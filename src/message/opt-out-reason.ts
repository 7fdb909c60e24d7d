/** Words about a person who wants no messages, whatever is said about them. */
const personal =
  /\b(?:opted[ _-]?out|has opt(?:ed)?[ _-]?out|(?:in|on) (?:the |an? |our |your )?opt[ _-]?out|opt[ _-]?out (?:list|recipient|number|by (?:user|recipient|customer))|opt[ _-]?out$|^opt[ _-]?out\b|unsubscribed|user_?opt_?out)/i;

/** Words about a list, which may also hold senders, addresses or texts. */
const listed = /\b(?:black|block|deny)[ _-]?list(?:ed)?\b/i;

/** What else may be on such a list. */
const notRecipient =
  /\b(?:sender|source|originator|from|ip|address|account|key|client|url|link|domain|content|text|message|body|keyword|word|template|campaign|agent|route|operator|carrier|country|prefix|brand|company)\b/i;

/** Words that turn the meaning around, or leave it open. */
const negated =
  /\b(?:not|never|isn.?t|hasn.?t|without|missing|must|require[sd]?|instructions?|link|footer|keyword|blocked or) (?:\w+ ){0,2}(?:opted|opt|unsubscribed|black|block|deny)|opt[ _-]?out (?:text|link|instructions?|keyword|footer|method|language|is (?:missing|required))/i;

/**
 * Reports whether the reason of a rejection says that the recipient opted out, unsubscribed or is on a list of people who
 * want no messages. The gateway has no code for it. A reason that may mean something else does not.
 */
export function saysOptedOut(reason: string): boolean {
  if (negated.test(reason)) return false;
  return personal.test(reason) || (listed.test(reason) && !notRecipient.test(reason));
}
