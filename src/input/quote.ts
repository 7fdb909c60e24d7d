const escapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  "'": "\\'",
  '\\': '\\\\',
};

/** Quotes a word for a POSIX shell; one with line breaks or tabs on one line, for bash, zsh and ksh. */
export function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (/[\n\r\t]/.test(word)) return `$'${word.replace(/[\n\r\t'\\]/g, (one) => escapes[one] ?? one)}'`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
