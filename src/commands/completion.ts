import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../app/command.ts';
import { fail } from '../errors.ts';
import { choice } from '../input/value-types.ts';

/** The file of each shell's script, under the name by which the shell would look for it. */
export const files = {
  bash: 'qlara.bash',
  zsh: '_qlara',
  fish: 'qlara.fish',
  powershell: 'qlara.ps1',
} as const;

export type Shell = keyof typeof files;

const shells = Object.keys(files) as Shell[];

const shell = choice('SHELL', 'shell', shells);

export default command({
  flags: {},
  operands: { placeholder: 'SHELL', summary: shells.join(', '), many: false, needed: true, choices: shells },
  examples: [
    ['bash: a line for ~/.bashrc', "completion bash > ~/.qlara.bash && echo '. ~/.qlara.bash' >> ~/.bashrc"],
    ['zsh: a folder of $fpath, such as', 'completion zsh > ~/.zfunc/_qlara'],
    ['fish', 'completion fish > ~/.config/fish/completions/qlara.fish'],
    ['PowerShell: a line for $PROFILE', 'completion powershell | Out-String | Invoke-Expression'],
  ],
  notes:
    'The shell then completes commands, flags and their values, and names of profiles, ids of messages, of bulks and of templates as this machine knows them: a template once it was listed or sent. A new shell has it.',
  async run(_, { out }, [word]) {
    if (word === undefined)
      fail('usage', 'shell.missing', 'no shell is named', `it is one of ${shells.join(', ')}`);
    out(readFileSync(join(import.meta.dirname, '..', 'completions', files[await shell.read(word)]), 'utf8'));
    return 'ok';
  },
});
