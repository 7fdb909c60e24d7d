import { readFileSync, statSync } from 'node:fs';

/** Connection that a password is looked up for. */
export interface PasswordQuery {
  host: string;
  port: number;
  database: string;
  user: string;
}

/** A password, or why there is none. */
export type PasswordAnswer = { password: string } | { fault: string };

/**
 * Looks a password up in a file, the first line that matches, by the rules of libpq: a file that others can read is
 * ignored. https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export function findPassword(file: string, query: PasswordQuery): PasswordAnswer {
  let text: string;
  try {
    const found = statSync(file);
    if (!found.isFile()) return { fault: `${file} is not a file` };
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
      return { fault: `${file} is ignored, as others can read it: \`chmod 600 ${file}\`` };
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    return { fault: isMissing ? `there is no ${file}` : `${file} cannot be read` };
  }
  const wanted = [query.host, String(query.port), query.database, query.user];
  for (const line of text.split(/\r?\n/)) {
    const fields = line.startsWith('#') ? undefined : splitLine(line);
    if (fields?.names.every((name, index) => name === '*' || unescapeField(name) === wanted[index]))
      return fields.password === ''
        ? { fault: `${file} has an empty password for it` }
        : { password: unescapeField(fields.password) };
  }
  return { fault: `${file} has no line for ${wanted.join(':')}` };
}

/** Splits `host:port:database:user:password`; the password may have colons. */
function splitLine(line: string): { names: string[]; password: string } | undefined {
  const [whole, ...names] =
    /^((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):/.exec(line) ?? [];
  return whole === undefined ? undefined : { names, password: line.slice(whole.length) };
}

function unescapeField(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}
