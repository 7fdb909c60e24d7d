import { command } from '../../app/command.ts';
import { android, freeForm, reach, rich, twoWay } from '../../input/flags.ts';
import { type Advice, advise } from '../../message/channels/advise.ts';
import type { Column } from '../../output/columns.ts';
import { isInteractive, printRows } from '../../views/rows.ts';

/** The command that sends so, without values. */
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
  { key: 'command', summary: 'how to send it so', value: ({ channel }) => commands[channel] },
  { key: 'because', summary: 'why', value: ({ because }) => because },
  { key: 'needs', summary: 'what has to be there first', value: ({ needs }) => needs },
];

export default command({
  flags: { rich, android, reach, freeForm, twoWay },
  columns,
  examples: [
    ['Images and buttons for Android phones', 'channels advise --rich --android'],
    ['As many people as possible', 'channels advise --reach'],
  ],
  async run(needs, context) {
    const advice = advise(needs);
    if (!isInteractive(context)) await printRows(columns, [advice], context);
    else for (const { key, value } of columns) context.out(`${key.padEnd(8)} ${value(advice)}\n`);
    return 'ok';
  },
});
