import { command } from '../app/command.ts';
import { repeatProfile } from '../app/repeat-flags.ts';
import type { WhatsappNumber } from '../gateway/numbers.ts';
import type { Column } from '../output/columns.ts';
import { isInteractive, printRows } from '../views/rows.ts';

const columns: readonly Column<WhatsappNumber>[] = [
  { key: 'id', summary: 'id of the number, for phoneNumberId and --phone-number-id', value: ({ id }) => id },
  { key: 'phoneNumber', summary: 'the number, E.164', value: ({ phone }) => phone },
  {
    key: 'displayName',
    summary: 'name that recipients see, or null',
    value: ({ displayName }) => displayName,
  },
  { key: 'verifiedName', summary: 'name verified by WhatsApp, or null', value: (row) => row.verifiedName },
  { key: 'status', summary: 'active or pending; null if not reported', value: ({ status }) => status },
  {
    key: 'qualityRating',
    summary: 'quality of the number, such as green; or null',
    value: ({ qualityRating }) => qualityRating,
  },
  {
    key: 'messagingLimit',
    summary: 'how many people it may write to a day, such as TIER_10K; or null',
    value: ({ messagingLimit }) => messagingLimit,
  },
];

/** Columns of a table on a terminal by default, where a number must not be cut. */
const shortKeys: readonly string[] = ['id', 'phoneNumber', 'displayName', 'status'];

export default command({
  flags: {},
  columns,
  examples: [
    ['List the WhatsApp numbers of the account', 'numbers'],
    ['Get the ids of active numbers', 'numbers --json | jq -r \'.[] | select(.status == "active") | .id\''],
    ['Send from one of them by default', 'profile set phoneNumberId 5'],
  ],
  notes: 'Only the platform dialect has this call.',
  async run(_, context) {
    const { notices, settings } = context;
    notices.startSpinner('asking the gateway');
    const numbers = await context.numbers();
    notices.stopSpinner();
    const isShort = isInteractive(context) && settings.columns === undefined;
    await printRows(
      isShort ? columns.filter(({ key }) => shortKeys.includes(key)) : columns,
      numbers,
      context,
    );
    const [only, ...others] = numbers.filter(({ status }) => status === 'active');
    if (numbers.length === 0) notices.info('the account has no WhatsApp number');
    else if (only && others.length === 0 && settings.phoneNumberId === undefined && !settings.sandbox)
      notices.info(
        `\`qlara profile set phoneNumberId ${only.id}${repeatProfile(context)}\` sends from ${only.phone ?? only.id} by default`,
      );
    return 'ok';
  },
});
