import { join } from 'node:path';
import { host, port, rateLimit, speed, state } from '../input/fields.ts';
import { command } from './command.ts';

export default command({
  fields: { port, host, speed, rateLimit, state },
  examples: [
    ['Serve a gateway on port 8080, a hundred times faster than life', 'sandbox --speed 100'],
    ['In tests: a free port, and nothing kept', 'sandbox --port 0 --state memory'],
  ],
  notes:
    'Any key works; `invalid` is answered with 401 and `forbidden` with 403. The last four digits of a destination choose what becomes of a message: `qlara help sandbox` lists them.',
  async run(values, context) {
    const { startSandbox } = await import('../sandbox/server.ts');
    const file = values.state ?? join(context.settings.stateFolder, 'sandbox.gateway.db');
    const server = await startSandbox({ ...values, state: file });
    context.howToGoOn('the sandbox has stopped');
    try {
      context.out(
        context.settings.format === 'table'
          ? `sandbox gateway: ${server.url}\n`
          : `${JSON.stringify({ url: server.url })}\n`,
      );
      // Until Ctrl-C or SIGTERM, which sleeping hears.
      while (!context.outputClosed()) await context.clock.sleep(1_000_000_000);
    } finally {
      await server.close();
    }
    return 'ok';
  },
});
