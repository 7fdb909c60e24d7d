import { command } from '../../app/command.ts';
import type { Context } from '../../app/context.ts';
import { fail } from '../../errors.ts';
import { NetworkError } from '../../gateway/http/exchange.ts';
import { tryParseJson } from '../../gateway/http/json.ts';
import { describeErrorResponse } from '../../gateway/http/response.ts';
import { nameFlag } from '../../input/flag.ts';
import { country, inboundChannel, inboundFrom, inboundText, state } from '../../input/flags.ts';
import { readMessageText } from '../../input/text.ts';
import { parsePhone } from '../../message/phone.ts';
import type { Column } from '../../output/columns.ts';
import { printRows } from '../../views/rows.ts';

/** An inbound message in the response of the sandbox. */
interface Inbound {
  messageId: string;
  from: string;
  channel: string;
  message: string;
  receivedAt: string;
}

const columns: readonly Column<Inbound>[] = [
  { key: 'id', summary: 'id given by the sandbox', value: ({ messageId }) => messageId },
  { key: 'from', summary: 'number that wrote, E.164', value: ({ from }) => from },
  { key: 'channel', summary: 'channel of the message', value: ({ channel }) => channel },
  { key: 'message', summary: 'text of the message', value: ({ message }) => message },
  { key: 'receivedAt', summary: 'time of receipt, ISO 8601 in UTC', value: ({ receivedAt }) => receivedAt },
];

export default command({
  flags: { from: inboundFrom, country, message: inboundText, channel: inboundChannel, state },
  columns,
  examples: [
    ['Simulate a WhatsApp message', 'sandbox inbound --from +393901234567 --message "Where are you?"'],
    ['Simulate an SMS', 'sandbox inbound --from +393901234567 --message STOP --channel sms'],
    [
      'Send it to a running sandbox',
      'sandbox inbound --from +393901234567 --message Hi --base-url http://127.0.0.1:8080/api',
    ],
  ],
  notes:
    'A WhatsApp message opens the 24-hour window for free-form text. The message appears in the inbox and is sent to the webhook of a `qlara sandbox` with the same state. Without --base-url or QLARA_BASE_URL, the state is that of --sandbox, or the file given with --state.',
  async run(values, context) {
    const from = await nameFlag('--from', () =>
      parsePhone(values.from, values.country ?? context.settings.country),
    );
    const message = await readMessageText(values.message, context.io);
    if (values.state === 'memory')
      fail('usage', 'state.memory', 'no sandbox would receive the message', 'use a file, or remove --state');
    const inbound = await postInbound({ from, message, channel: values.channel }, values.state, context);
    await printRows(columns, [inbound], context);
    return 'ok';
  },
});

async function postInbound(body: object, state: string | undefined, context: Context): Promise<Inbound> {
  const client = await context.sandbox(state);
  const where = context.settings.namedUrl ?? 'the sandbox';
  const answer = await client.request('POST', '/sandbox/inbound', body).catch((cause: unknown) => {
    if (!(cause instanceof NetworkError)) throw cause;
    return fail(
      'gateway',
      'gateway.unreachable',
      `${where} does not respond: ${cause.message}`,
      'check --base-url; `qlara sandbox` starts a sandbox',
      cause,
    );
  });
  if (answer.status === 400)
    fail('usage', 'inbound.refused', client.redactAndTruncate(describeErrorResponse(answer)));
  const inbound = tryParseJson(answer.text) as Partial<Inbound> | undefined;
  if (answer.status === 404 || (answer.status === 200 && typeof inbound?.messageId !== 'string'))
    fail('usage', 'sandbox.none', `${where} is not a sandbox`, '`qlara sandbox` starts one');
  client.assertOk(answer);
  return inbound as Inbound;
}
