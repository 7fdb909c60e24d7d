import type { Settings } from '../../app/context.ts';
import type { Complete } from '../compose.ts';

/** The line that sends the same without questions, ready for a shell. */
export function commandLine({ channel, values }: Complete, { sandbox }: Pick<Settings, 'sandbox'>): string {
  const { to, message = [], template = [], variables, from, fallback, wait, watch, simulate, force } = values;
  const words = [
    'qlara',
    'send',
    ...(channel === 'whatsapp' && fallback ? [] : [channel]),
    ...(fallback ? ['--fallback'] : []),
    ...to.flatMap((number) => ['--to', number]),
    ...message.flatMap((text) => ['--message', text]),
    ...template.flatMap((id) => ['--template', id]),
    ...variables.flatMap(([name, value]) => ['--var', `${name}=${value}`]),
    ...(from ? ['--from', from] : []),
    ...(force === undefined ? [] : ['--force', force]),
    ...(simulate ? ['--simulate'] : []),
    ...(watch ? ['--watch'] : wait ? ['--wait'] : []),
    ...(sandbox ? ['--sandbox'] : []),
  ];
  return words.map(quoted).join(' ');
}

/** A word as a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
