import { command } from '../../app/command.ts';
import { android, freeForm, reach, rich, twoWay } from '../../input/flags.ts';
import { type Advice, advise } from '../../message/channels/advise.ts';
import type { Column } from '../../output/columns.ts';
import { isInteractive, printRows } from '../../views/rows.ts';

/** Commands that send on each channel, with placeholders for the values. */
const commands: Record<Advice['channel'], string> = {
  sms: 'qlara send sms --to N --message TEXT',
  rcs: 'qlara send rcs --to N --template ID --fallback --message TEXT',
  whatsapp: 'qlara send whatsapp --to N --template ID',
  chain: 'qlara send --fallback --to N --message TEXT --template ID',
};

const columns: readonly Column<Advice>[] = [
  {
    key: 'channel',
    summary: 'sms, rcs, whatsapp, or chain for all three in turn',
    value: ({ channel }) => channel,
  },
  { key: 'command', summary: 'command that sends on it', value: ({ channel }) => commands[channel] },
  { key: 'because', summary: 'reason for the recommendation', value: ({ because }) => because },
  { key: 'needs', summary: 'what it requires', value: ({ needs }) => needs },
];

export default command({
  flags: { rich, android, reach, freeForm, twoWay },
  columns,
  examples: [
    ['Send images and buttons to Android phones', 'channels advise --rich --android'],
    ['Reach as many people as possible', 'channels advise --reach'],
  ],
  async run(needs, context) {
    const advice = advise(needs);
    if (!isInteractive(context)) await printRows(columns, [advice], context);
    else for (const { key, value } of columns) context.out(`${key.padEnd(8)} ${value(advice)}\n`);
    return 'ok';
  },
});
