import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../app/command.ts';
import { fail } from '../errors.ts';
import { choice } from '../input/value-types.ts';

/** File name of the script of each shell, as the shell expects it. */
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
  operands: {
    placeholder: 'SHELL',
    summary: shells.join(', '),
    many: false,
    required: true,
    choices: shells,
  },
  examples: [
    ['bash: load it in ~/.bashrc', "completion bash > ~/.qlara.bash && echo '. ~/.qlara.bash' >> ~/.bashrc"],
    ['zsh: write it to a folder in $fpath', 'completion zsh > ~/.zfunc/_qlara'],
    ['fish', 'completion fish > ~/.config/fish/completions/qlara.fish'],
    ['PowerShell: add this line to $PROFILE', 'completion powershell | Out-String | Invoke-Expression'],
  ],
  notes:
    'Completes commands, flags and their values, profile names, and ids of messages, bulks and templates that this machine knows; a template is known once it was listed or sent. Start a new shell to use it.',
  async run(_, { out }, [word]) {
    if (word === undefined)
      fail('usage', 'shell.missing', 'no shell given', `use one of ${shells.join(', ')}`);
    out(readFileSync(join(import.meta.dirname, '..', 'completions', files[await shell.read(word)]), 'utf8'));
    return 'ok';
  },
});
