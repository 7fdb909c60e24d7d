import type { Context } from '../../app/context.ts';
import { type ChannelName, chainFrom } from '../../message/channels/channel.ts';
import type { Plan } from '../../message/message.ts';
import { phone } from '../../message/phone.ts';
import { refuseUnwanted } from '../recipient-guard.ts';
import type { Common, Content } from '../send.ts';

/**
 * Refuses what the send would refuse for its destinations, before more is asked for: `channel` is where it enters,
 * undefined as long as it is not known what is said there. What only has to be said is left to the send.
 * @throws Failure as `refuseUnwanted`, `phone.*`
 */
export async function refuseEarly(
  channel: ChannelName | undefined,
  values: Common & Content,
  context: Context,
): Promise<void> {
  if (values.force !== undefined) return;
  const home = values.country ?? context.settings.country;
  const isFreeForm = channel === 'whatsapp' && !values.fallback && (values.template ?? []).length === 0;
  const message = {
    chain: isFreeForm ? chainFrom(channel, false) : chainFrom('sms', false),
    text: null,
    template: null,
    variables: {},
    sender: null,
    simulation: values.simulate,
  };
  const plans = values.to.map(async (to): Promise<Plan> => ({ id: '', to: await phone(to, home), message }));
  await refuseUnwanted(await Promise.all(plans), await context.ledger(), context);
}
