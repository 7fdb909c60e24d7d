import { command } from '../../app/command.ts';
import { type ChannelName, channelNames, channelTitles } from '../../message/channels/channel.ts';
import { channelFacts } from '../../message/channels/facts.ts';
import type { Column } from '../../output/columns.ts';
import { isInteractive, printRows } from '../../views/rows.ts';

const columns: readonly Column<ChannelName>[] = [
  { key: 'channel', summary: 'name of the channel', value: (name) => name },
  {
    key: 'reach',
    summary: 'percentage of phones reached',
    value: (name) => channelFacts[name].reach,
    align: 'right',
  },
  { key: 'cost', summary: 'relative cost of a message', value: (name) => channelFacts[name].cost },
  {
    key: 'engagement',
    summary: 'how much recipients engage',
    value: (name) => channelFacts[name].engagement,
  },
  {
    key: 'richMedia',
    summary: 'media besides text',
    value: (name) => channelFacts[name].richMedia,
  },
  {
    key: 'templates',
    summary: 'whether templates are required',
    value: (name) => channelFacts[name].templates,
  },
  { key: 'approval', summary: 'who approves templates', value: (name) => channelFacts[name].approval },
  { key: 'devices', summary: 'devices that support it', value: (name) => channelFacts[name].devices },
  { key: 'twoWay', summary: 'true if people can reply', value: (name) => channelFacts[name].twoWay },
  {
    key: 'window',
    summary: 'true if free-form text is limited to 24 hours after the last inbound message',
    value: (name) => channelFacts[name].window,
  },
  { key: 'goodFor', summary: 'typical uses', value: (name) => channelFacts[name].goodFor },
];

/** Columns on a terminal: the channels side by side, one line per property. */
const sideBySide: readonly Column<Column<ChannelName>>[] = [
  { key: 'channel', summary: 'property', value: ({ key }) => key },
  ...channelNames.toReversed().map((name) => ({
    key: name,
    summary: channelTitles[name],
    value: (compared: Column<ChannelName>) => compared.value(name),
    show: (compared: Column<ChannelName>) =>
      String(compared.value(name))
        .replace(/^true$/, 'yes')
        .replace(/^false$/, 'no'),
  })),
];

export default command({
  flags: {},
  columns,
  examples: [
    ['Compare the channels', 'channels'],
    ['Get cost and reach as JSON', 'channels --json --columns channel,cost,reach'],
  ],
  async run(_, context) {
    const names = channelNames.toReversed();
    if (isInteractive(context)) await printRows(sideBySide, columns.slice(1), context);
    else await printRows(columns, names, context);
    return 'ok';
  },
});
