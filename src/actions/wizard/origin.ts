import { Failure } from '../../errors.ts';
import type { Ask } from '../../input/prompt.ts';
import { parseAccountId, parseAgentId, parseSender } from '../../message/id.ts';
import { findOriginProblems } from '../draft.ts';
import type { SendFlags } from '../send-flags.ts';
import type { Answers, Asking } from './question.ts';

/** Asks for what the message is sent from, on each channel: a sender ID, an RCS agent or a WhatsApp number. */
export async function askOrigin(answers: Answers, asking: Asking): Promise<Answers | undefined> {
  const { context, rules } = asking;
  const { channel, values } = answers;
  if (channel === undefined) return undefined;
  const problems = findOriginProblems({ channel, flags: values }, rules, context.settings);
  for (const { code } of problems) {
    const asks = Object.hasOwn(originQuestions, code) ? originQuestions[code] : undefined;
    if (asks) return { ...answers, values: { ...values, ...(await asks(asking)) } };
  }
  return undefined;
}

/** The question about each origin, by the code of the problem that it solves. */
const originQuestions: Readonly<Record<string, (asking: Asking) => Promise<Partial<SendFlags>>>> = {
  'sender.missing': async ({ ask }) => ({
    from: parseSender(await askChecked(ask, 'Sender ID?', parseSender)),
  }),
  'agent.missing': async ({ ask }) => ({
    agentId: parseAgentId(await askChecked(ask, 'Number of the RCS agent?', parseAgentId)),
  }),
  'phone-number.missing': async (asking) => ({ phoneNumberId: await askPhoneNumberId(asking) }),
};

/** Returns the only active number of the account, else asks for one. */
async function askPhoneNumberId(asking: Asking): Promise<string> {
  const { ask, context } = asking;
  const { describeNumber, listActive } = await import('../account-ids.ts');
  const [only, ...others] = await listActive(context);
  if (only === undefined)
    return parseAccountId(await askChecked(ask, 'Id of the WhatsApp number?', parseAccountId));
  if (others.length === 0) {
    asking.foundAnswer = true;
    return only.id;
  }
  return ask.choose(
    'Which WhatsApp number?',
    [only, ...others].map((number) => ({
      name: describeNumber(number),
      value: number.id,
      description: number.verifiedName ?? '',
    })),
  );
}

/** Asks for a text that `parse` accepts. */
function askChecked(ask: Ask, question: string, parse: (text: string) => unknown): Promise<string> {
  return ask.text(question, {
    async complaint(typed) {
      try {
        parse(typed);
        return undefined;
      } catch (cause) {
        if (cause instanceof Failure) return cause.message;
        throw cause;
      }
    },
  });
}
