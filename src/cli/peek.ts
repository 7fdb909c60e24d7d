/**
 * What a line says of form and colour, found without parsing it: an error in the line itself is to be told as
 * the line asks.
 */
export function peekColor(argv: readonly string[]): 'auto' | 'always' | 'never' {
  const word = said(argv, 'color');
  return word === 'always' || word === 'never' ? word : 'auto';
}

/** Whether errors are to be JSON. */
export function wantsJson(argv: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const word = argv.includes('--json') ? 'json' : (said(argv, 'output', 'o') ?? env.QLARA_OUTPUT);
  return word === 'json' || word === 'ndjson';
}

/** The value of `--long x`, `--long=x`, `-s x`, `-sx`, `-vsx`; the last one if there are several. */
function said(argv: readonly string[], long: string, short?: string): string | undefined {
  let value: string | undefined;
  for (const [index, word] of argv.entries()) {
    if (word === '--') break;
    if (word.startsWith(`--${long}=`)) value = word.slice(long.length + 3);
    else if (word === `--${long}`) value = argv[index + 1];
    else if (short && /^-[a-zA-Z]/.test(word) && word.includes(short)) {
      // Switches may stand before it: only these take no value.
      const [switches = '', ...rest] = word.slice(1).split(short);
      if (/^[qvwyh]*$/.test(switches)) value = rest.join(short) || argv[index + 1];
    }
  }
  return value;
}
