import { Failure, fail } from '../errors.ts';
import { type DialectName, dialectNames, loadDialect } from './dialects.ts';
import type { HistoryPage, HistoryQuery } from './history.ts';
import type { HttpClient } from './http/client.ts';
import type { WhatsappNumber } from './numbers.ts';

// Calls that not every dialect has. Their failures name the dialect that the account may speak instead.

type OptionalCall = 'listNumbers' | 'readHistory';

/** Lists the WhatsApp numbers of the account. @throws Failure `dialect.unsupported`, `gateway.*` */
export async function listNumbers(
  name: DialectName,
  openClient: () => Promise<HttpClient>,
): Promise<WhatsappNumber[]> {
  const { listNumbers } = await loadDialect(name);
  if (listNumbers === undefined) return refuseCall('listNumbers', 'list of WhatsApp numbers', name);
  const client = await openClient();
  return withDialectHint('listNumbers', () => listNumbers(client));
}

/**
 * Opens the gateway's history: returns a function that yields what the account sent on one channel, in pages.
 * @throws Failure `dialect.unsupported`; the function throws `gateway.*`
 */
export async function openHistory(
  name: DialectName,
  openClient: () => Promise<HttpClient>,
): Promise<(query: HistoryQuery) => AsyncGenerator<HistoryPage>> {
  const { readHistory } = await loadDialect(name);
  if (readHistory === undefined) return refuseCall('readHistory', 'message history', name);
  const client = await openClient();
  return async function* (query) {
    const pages = readHistory(client, query);
    for (;;) {
      const page = await withDialectHint('readHistory', () => pages.next());
      if (page.done) return;
      yield page.value;
    }
  };
}

/** Refuses a call that the dialect does not have, and names the newest one that has it. */
async function refuseCall(call: OptionalCall, what: string, name: DialectName): Promise<never> {
  const [other] = await listDialects((has) => has, call);
  return fail(
    'usage',
    'dialect.unsupported',
    `the ${name} dialect has no ${what}`,
    other && describeOther(other),
  );
}

/** Calls the gateway. Where it does not have the call, the hint names the newest dialect without it. */
async function withDialectHint<T>(call: OptionalCall, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code !== 'gateway.not-found') throw cause;
    const [other] = await listDialects((has) => !has, call);
    const hint = other ? `${describeOther(other)}; else check --base-url` : cause.hint;
    throw new Failure(cause.kind, cause.code, cause.message, hint, cause);
  }
}

/** Lists the dialects, the newest first, by whether they have a call. */
async function listDialects(matches: (has: boolean) => boolean, call: OptionalCall): Promise<DialectName[]> {
  const found: DialectName[] = [];
  for (const name of dialectNames.toReversed())
    if (matches((await loadDialect(name))[call] !== undefined)) found.push(name);
  return found;
}

function describeOther(name: DialectName): string {
  return `if the account speaks the ${name} dialect: \`qlara profile set dialect ${name}\``;
}
