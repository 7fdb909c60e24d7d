import { findBulk } from '../actions/find-bulk.ts';
import { waitForOtherMachine } from '../actions/other-machine.ts';
import { command } from '../app/command.ts';
import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { fail } from '../errors.ts';
import type { Values } from '../input/flag.ts';
import { inDoubtBulk, notSent, reason, sent } from '../input/flags.ts';
import type { Ledger } from '../ledger/api.ts';
import { type Delivery, isInDoubt, statusOf } from '../message/delivery.ts';
import { parseMessageId } from '../message/id.ts';
import { pickColumns } from '../output/columns.ts';
import { deliveryColumns } from '../views/delivery-columns.ts';
import { printRows } from '../views/rows.ts';

const flags = { bulk: inDoubtBulk, sent, notSent, reason };

export default command({
  flags,
  operands: {
    placeholder: 'ID',
    summary: 'message ids or gateway ids of messages in doubt',
    many: true,
    known: 'ids',
  },
  columns: deliveryColumns,
  examples: [
    [
      'Record a message as sent',
      'resolve 0193b2c4-7f1e-7c3a-9d2b-5e8f1a2b3c4d --sent --reason "support ticket 4711"',
    ],
    [
      'Record the messages of a bulk that are in doubt as not sent',
      'resolve --bulk 0193b2c4-7f1e-7c3a-9d2b-000000000000 --not-sent --reason "not in the dashboard"',
    ],
  ],
  notes:
    'A message is in doubt when its request may have been accepted and there is no proof either way. --sent records messages as submitted. --not-sent queues them: the same command with the same --id sends them, or `qlara bulk resume`. `qlara resolve` itself sends nothing. Exits with 2, and changes nothing, if a message is not in doubt.',
  async run(values, context, ids) {
    const { isSent, because } = readAnswer(values);
    if (ids.length > 0 === (values.bulk !== undefined))
      fail(
        'usage',
        'resolve.missing',
        ids.length > 0 ? 'ids and --bulk cannot be used together' : 'no messages given',
        'use message ids, or --bulk ID',
      );
    pickColumns(deliveryColumns, context.settings.columns);
    const ledger = await context.ledger();
    const resolved =
      values.bulk === undefined
        ? await resolveMessages([...new Set(ids)], isSent, because, ledger, context)
        : await resolveBulk(values.bulk, isSent, because, ledger, context);
    await printRows(deliveryColumns, resolved, context);
    if (!isSent) context.notices.info(describeResend(resolved, context));
    return 'ok';
  },
});

/** Reads the answer from the flags. @throws Failure `resolve.missing`, `reason.missing` */
function readAnswer({ sent, notSent, reason }: Values<typeof flags>): { isSent: boolean; because: string } {
  if (sent === notSent)
    fail(
      'usage',
      'resolve.missing',
      sent ? '--sent and --not-sent cannot be used together' : '--sent or --not-sent is missing',
      'use one of them',
    );
  if (reason === undefined || reason.trim() === '')
    fail('usage', 'reason.missing', '--reason is missing', 'add --reason TEXT: how you know');
  return { isSent: sent, because: reason.trim().slice(0, maxReasonLength) };
}

/** Maximum length of a recorded reason, in characters. */
const maxReasonLength = 500;

async function resolveMessages(
  ids: readonly string[],
  isSent: boolean,
  reason: string,
  ledger: Ledger,
  context: Context,
): Promise<Delivery[]> {
  const own: string[] = [];
  for (const id of ids) {
    const found = await ledger.find(parseMessageId(id));
    if (found === undefined)
      fail(
        'usage',
        'message.unknown',
        `no message ${id} in the ledger`,
        context.settings.sandbox
          ? 'was it sent without --sandbox?'
          : 'was it sent with another --profile, or with --sandbox?',
      );
    own.push(found.plan.id);
  }
  await waitForOtherMachine(own, ledger, context);
  const result = await ledger.resolve([...new Set(own)], isSent, reason, context.clock.now());
  if ('resolved' in result) return result.resolved;
  const { notInDoubt } = result;
  return fail(
    'usage',
    'message.not-in-doubt',
    isInDoubt(notInDoubt)
      ? `${notInDoubt.plan.id} is being sent by another process`
      : `${notInDoubt.plan.id} is not in doubt: it is ${statusOf(notInDoubt)}`,
    `\`qlara status --status in-doubt${repeatFlags(context)}\` lists messages in doubt`,
  );
}

async function resolveBulk(
  given: string,
  isSent: boolean,
  reason: string,
  ledger: Ledger,
  context: Context,
): Promise<Delivery[]> {
  const { id } = await findBulk(given, context);
  await waitForOtherMachine([id], ledger, context);
  const resolved = await ledger.bulks.resolve(id, isSent, reason, context.clock.now());
  if (resolved.length === 0)
    fail(
      'usage',
      'message.not-in-doubt',
      `no message of bulk ${id} is in doubt`,
      `\`qlara bulk show ${id}${repeatFlags(context)}\` shows their statuses`,
    );
  return resolved;
}

/** Says how to send messages that were not sent. */
function describeResend(resolved: readonly Delivery[], context: Context): string {
  const bulks = new Set(resolved.map(({ bulk }) => bulk));
  const [bulk] = bulks;
  return bulks.size === 1 && bulk != null
    ? `\`qlara bulk resume ${bulk}${repeatFlags(context)}\` sends ${resolved.length === 1 ? 'it' : 'them'}`
    : 'to send each of them, run its command again with the same --id';
}
