import { Failure } from '../../errors.ts';
import { findHint } from '../../input/hints.ts';
import type { OptOut } from '../../message/opt-out.ts';
import { isLandline, type Phone } from '../../message/phone.ts';
import { formatMinute } from '../../output/units.ts';
import { isBlocking, type SendBlock } from '../send-guard.ts';
import { type Finding, finding } from './finding.ts';

export const landlineHint = 'messages go to mobile phones';

/** Describes an opt-out: `on 2026-11-24 09:15: they wrote "stop"`. */
export function describeOptOut({ at, source, note }: OptOut): string {
  return `on ${formatMinute(at)}: ${describeSource(source, note)}`;
}

function describeSource(source: OptOut['source'], note: string | null): string {
  switch (source) {
    case 'inbound':
      return note === null ? 'by message' : `they wrote ${JSON.stringify(note)}`;
    case 'import':
      return note === null ? 'from a list' : `from a list (${note})`;
    case 'told':
      return note === null ? 'recorded by hand' : `recorded by hand (${note})`;
    case 'gateway':
      return note === null ? 'the gateway says so' : `the gateway says ${JSON.stringify(note)}`;
  }
}

/** Describes why a message must not be sent to a recipient, or is sent anyway. */
export function describeBlock(
  to: Phone,
  block: SendBlock,
): { detail: string; hint: string | null; code: string } {
  const override = block.override === undefined ? null : `sent anyway: ${block.override}`;
  if (block.kind === 'opted out')
    return {
      detail: `${to} opted out ${describeOptOut(block.optOut)}`,
      hint: override ?? '--override-opt-out REASON sends anyway',
      code: 'destination.opted-out',
    };
  const detail = `${to} last wrote on ${formatMinute(block.last)}: WhatsApp accepts free-form text only within 24 hours`;
  const hint = block.hasFallback ? 'the next channel may deliver it' : '--ignore-window REASON sends anyway';
  return { detail, hint: override ?? hint, code: 'window.closed' };
}

/** Returns the finding about a recipient: a number as it was given, its parsed form or why it is none, and its block. */
export async function checkRecipient(
  given: string,
  number: Phone | Failure,
  block: SendBlock | undefined,
): Promise<Finding> {
  if (number instanceof Failure)
    return finding('number', given, 'wrong', number.message, findHint(number), { code: number.code });
  if (block !== undefined) {
    const { detail, hint, code } = describeBlock(number, block);
    return finding('number', given, isBlocking(block) ? 'wrong' : 'warning', detail, hint, { code });
  }
  return (await isLandline(number))
    ? finding('number', given, 'warning', `${number} is a landline`, landlineHint)
    : finding('number', given, 'ok', `${number} is valid`);
}
