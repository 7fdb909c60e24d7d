import { fail } from '../../errors.ts';
import { forwarder } from '../../flow/forward.ts';
import { listener } from '../../flow/listen.ts';
import { reclaiming } from '../../flow/reclaim.ts';
import { openReceiver } from '../../gateway/receiver.ts';
import type { Values } from '../../input/field.ts';
import { host, yes } from '../../input/fields.ts';
import { allow, form, forwardTo, listenPort, path, register, secretPath } from '../../input/listen-fields.ts';
import { pick } from '../../output/columns.ts';
import { readListenFile } from '../../storage/listen-file.ts';
import { command } from '../command.ts';
import type { Context } from '../context.ts';
import { admitting } from './admitting.ts';
import { makeFeed } from './feed.ts';
import { lineColumns, linesOf } from './lines.ts';
import { registered } from './registering.ts';
import { openTally } from './tally.ts';

const fields = { port: listenPort, host, path, secretPath, allow, forwardTo, register, form, yes };

export default command({
  fields,
  columns: lineColumns,
  examples: [
    ['Hear of what another terminal sends to the sandbox', 'listen --sandbox'],
    [
      'Let the gateway call a tunnel that ends here, and pass all on to an application',
      'listen --register https://example.com --forward-to http://127.0.0.1:3000/hooks',
    ],
    ['What people write, for a script', `listen -o ndjson | jq -r 'select(.kind == "inbound") | .text'`],
  ],
  notes:
    'What is heard is in the ledger before the gateway gets its answer; `status --watch`, `send --wait` and `bulk show --watch` of this profile show it at once. The vendor signs nothing: who knows the path can tell tales. It is one that nobody can guess, the same each time for a profile. Behind a tunnel all callers have the address of the tunnel, and --allow cannot tell them apart.',
  async run(values, context) {
    const { settings, talk, clock } = context;
    pick(lineColumns, settings.columns);
    const admits = admitting(values.allow);
    const ledger = await context.ledger();
    const free = await ledger.hearing.listen();
    if (free === undefined)
      fail(
        'setup',
        'listen.running',
        `another process listens for the profile ${settings.profile}`,
        'one is enough: `qlara status --watch` shows what it hears',
      );
    const feed = await makeFeed(context);
    const tally = openTally(talk);
    const pass = context.pass();
    const forwards = values.forwardTo.map((url) => forwarder(url, pass, ledger.forwards, clock, talk.note));
    const strays = reclaiming(ledger.hearing, clock);
    const noted: Parameters<typeof listener>[0]['noted'] = (noted) => {
      const lines = linesOf(noted);
      tally.count(lines);
      feed.tell(lines);
      if (noted.some(({ kind }) => kind === 'stray')) strays.nudge();
      for (const { nudge } of forwards) nudge();
    };
    const { forwardTo } = values;
    const take = listener(
      { words: settings.consentWords, forwardTo, noted, refused: tally.refuse },
      { ledger, clock },
    );
    const receiver = await openReceiver({
      host: values.host,
      port: values.port,
      path: routeOf(values, context),
      admits,
      take,
      refused: tally.refuse,
    });
    let putBack: (() => Promise<void>) | undefined;
    try {
      // Whoever sends to the sandbox meanwhile is gone too soon to tell of deliveries.
      context.emits();
      const told = publicUrl(values.register, receiver.url);
      if (told !== undefined || settings.sandbox) {
        putBack = await registered(
          told ?? receiver.url,
          values.form ?? 'partner',
          values.yes || settings.sandbox,
          context,
        );
        if (putBack === undefined) {
          talk.note('nothing is changed');
          return 'ok';
        }
        if (told !== undefined) talk.note(`the gateway calls ${told}`);
      }
      context.howToGoOn('nobody listens any more; what was heard is in the ledger');
      feed.open(receiver.url);
      const outputOpen = async () => {
        while (!context.outputClosed()) await clock.sleep(500);
      };
      await Promise.race([outputOpen(), strays.run(noted), ...forwards.map(({ run }) => run())]);
      return 'ok';
    } finally {
      try {
        await putBack?.();
      } finally {
        await receiver.close();
        await feed.end();
        tally.sum();
        free();
      }
    }
  },
});

type Asked = Values<typeof fields>;

/** Where calls are taken. */
function routeOf({ path, secretPath }: Asked, { settings }: Context): string {
  if (path !== undefined && !secretPath) return path;
  const { secret } = readListenFile(settings.stateFolder, settings.profile);
  return `${(path ?? '/hook').replace(/\/+$/, '')}/${secret}`;
}

/** The address the gateway is to call: one without a path is given ours. */
function publicUrl(register: string | undefined, local: string): string | undefined {
  if (register === undefined) return undefined;
  const url = new URL(register);
  if (url.pathname === '/') url.pathname = new URL(local).pathname;
  return url.href;
}
