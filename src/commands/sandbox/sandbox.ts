import { join } from 'node:path';
import { command } from '../../app/command.ts';
import {
  host,
  port,
  rateLimit,
  speed,
  startingCredit,
  state,
  strict,
  webhookShape,
  webhookUrl,
} from '../../input/flags.ts';

export default command({
  flags: { port, host, speed, rateLimit, state, strict, credit: startingCredit, webhookUrl, webhookShape },
  examples: [
    ['Serve a gateway on port 8080 that delivers a hundred times faster', 'sandbox --speed 100'],
    ['Use a free port and keep nothing, for tests', 'sandbox --port 0 --state memory'],
    ['Be an account of the newer generation that has 20 EUR', 'sandbox --strict platform --credit 20'],
    ['Send receipts and replies to a server', 'sandbox --webhook-url http://127.0.0.1:3000/hook'],
  ],
  notes:
    'The body of a send selects its dialect: with `destination` it is the platform’s, else the partner’s. With --strict, bodies of the other are refused (400) and its paths are unknown (404), as on a real account. The balance is part of the state: it falls with each part that is accepted. Any key works, except `invalid` (401) and `forbidden` (403). The last four digits of a destination select the outcome of a message: see `qlara help sandbox`.',
  async run(values, context) {
    const { startSandbox } = await import('../../sandbox/server.ts');
    const file = values.state ?? join(context.settings.stateFolder, 'sandbox.gateway.db');
    const server = await startSandbox({ ...values, state: file, sendsWebhooks: true });
    context.setStopResult('the sandbox has stopped');
    try {
      context.out(
        context.settings.format === 'table'
          ? `sandbox gateway: ${server.url}\n`
          : `${JSON.stringify({ url: server.url })}\n`,
      );
      if (values.webhookUrl !== undefined)
        context.notices.info(`webhook: calls ${values.webhookUrl} in the ${server.webhookShape} format`);
      // Ctrl-C and SIGTERM end the sleep.
      while (!context.outputClosed()) await context.clock.sleep(1_000_000_000);
    } finally {
      await server.close();
    }
    return 'ok';
  },
});
