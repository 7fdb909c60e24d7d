import { command } from '../app/command.ts';

export default command({
  flags: {},
  examples: [['Print the base URL of the gateway', 'echo']],
  async run(_, { settings, out }) {
    out(`${settings.baseUrl}\n`);
    return 'ok';
  },
});
