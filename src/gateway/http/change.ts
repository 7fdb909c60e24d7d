import { fail } from '../../errors.ts';
import type { Client } from './client.ts';
import { type Answer, NoAnswer, noAnswer, type Request } from './exchange.ts';
import { barrier, isPage, mayBeDone, reasonIn, waitIn } from './response.ts';
import { backoff, longestWait, mostRetries } from './retry.ts';

export type Body = Readonly<Record<string, unknown>>;

/**
 * Has the gateway change something, and resolves to its answer of success. Repeated only while the change surely was
 * not made: the gateway was not reached, or is too busy. `doubt` says how to find out when nobody knows.
 * @throws Failure `gateway.*`, `template.refused`, `template.in-doubt`, `template.unknown`
 */
export async function change(
  client: Client,
  method: Request['method'],
  path: string,
  body: Body | undefined,
  doubt: string,
): Promise<Answer> {
  const until = client.now() + longestWait;
  for (let retry = 0; ; retry++) {
    const answer = await client.once(method, path, body).catch(noAnswer);
    const wait = waitBefore(answer, retry, client.now());
    if (wait === undefined || retry === mostRetries || client.now() + wait > until)
      return settled(answer, method, doubt, client);
    await client.sleep(wait);
  }
}

/** How long to wait before it may be asked again; undefined when it may have been heard. */
function waitBefore(answer: Answer | NoAnswer, retry: number, now: number): number | undefined {
  if (answer instanceof NoAnswer) return answer.reached ? undefined : backoff(retry, Math.random());
  return answer.status === 429 ? waitIn(answer, now) : undefined;
}

function settled(
  answer: Answer | NoAnswer,
  method: Request['method'],
  doubt: string,
  { hush, insist }: Client,
): Answer {
  if (answer instanceof NoAnswer) {
    if (answer.reached) inDoubt(answer.message, doubt);
    fail(
      'gateway',
      'gateway.unreachable',
      `the gateway cannot be reached: ${answer.message}`,
      'check the network and --base-url',
      answer,
    );
  }
  const { status } = answer;
  if (status >= 200 && status < 300) {
    if (isPage(answer)) inDoubt('an answer that cannot be read', doubt);
    return answer;
  }
  const reason = hush(reasonIn(answer));
  // A conflict is about the name of a template: it was not made, since another has it.
  if (mayBeDone(status) && status !== 409) inDoubt(`HTTP ${status}: ${reason}`, doubt);
  if (status === 404 && method !== 'POST' && !isPage(answer))
    fail(
      'usage',
      'template.unknown',
      `the gateway has no such template: ${reason}`,
      '`qlara templates list` shows those it has',
    );
  if (status === 429 || barrier(answer)) insist(answer);
  return fail('failed', 'template.refused', `the gateway refuses the template: ${reason}`);
}

export function inDoubt(reason: string, hint: string): never {
  fail('doubt', 'template.in-doubt', `no clear answer from the gateway: ${reason}`, hint);
}
