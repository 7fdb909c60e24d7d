import { command } from '../../app/command.ts';
import { type ChannelName, channelNames } from '../../message/channels/channel.ts';
import { channelFacts } from '../../message/channels/facts.ts';
import type { Column } from '../../output/columns.ts';
import { isInteractive, printRows } from '../../views/rows.ts';

const columns: readonly Column<ChannelName>[] = [
  { key: 'channel', summary: 'name of the channel', value: (name) => name },
  {
    key: 'reach',
    summary: 'share of phones reached, in percent',
    value: (name) => channelFacts[name].reach,
    align: 'right',
  },
  { key: 'cost', summary: 'cost of a message', value: (name) => channelFacts[name].cost },
  { key: 'engagement', summary: 'how much people react', value: (name) => channelFacts[name].engagement },
  {
    key: 'richMedia',
    summary: 'what it can carry besides text',
    value: (name) => channelFacts[name].richMedia,
  },
  {
    key: 'templates',
    summary: 'whether templates are needed',
    value: (name) => channelFacts[name].templates,
  },
  { key: 'approval', summary: 'who approves templates', value: (name) => channelFacts[name].approval },
  { key: 'devices', summary: 'phones that show it', value: (name) => channelFacts[name].devices },
  { key: 'twoWay', summary: 'whether people can answer', value: (name) => channelFacts[name].twoWay },
  {
    key: 'window',
    summary: 'whether free-form text is bound to the 24 hours after their last message',
    value: (name) => channelFacts[name].window,
  },
  { key: 'goodFor', summary: 'what it is good for', value: (name) => channelFacts[name].goodFor },
];

/** For eyes: the channels next to each other, a line for each thing to compare. */
const sideBySide: readonly Column<Column<ChannelName>>[] = [
  { key: 'channel', summary: 'what is compared', value: ({ key }) => key },
  ...channelNames.toReversed().map((name) => ({
    key: name,
    summary: channelFacts[name].title,
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
    ['What they cost and whom they reach, for a script', 'channels --json --columns channel,cost,reach'],
  ],
  async run(_, context) {
    const names = channelNames.toReversed();
    if (isInteractive(context)) await printRows(sideBySide, columns.slice(1), context);
    else await printRows(columns, names, context);
    return 'ok';
  },
});
