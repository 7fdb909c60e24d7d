/** Finds --color without parsing the line, so that even a parse error is printed as the line asks. */
export function peekColor(argv: readonly string[]): 'auto' | 'always' | 'never' {
  const word = findValue(argv, 'color');
  return word === 'always' || word === 'never' ? word : 'auto';
}

/** Returns true if errors are printed as JSON, also without parsing the line. */
export function wantsJson(argv: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const word = argv.includes('--json') ? 'json' : (findValue(argv, 'output', 'o') ?? env.QLARA_OUTPUT);
  return word === 'json' || word === 'ndjson';
}

/** Finds the value of `--long x`, `--long=x`, `-s x`, `-sx` or `-vsx`; the last one if there are several. */
function findValue(argv: readonly string[], long: string, short?: string): string | undefined {
  let value: string | undefined;
  for (const [index, word] of argv.entries()) {
    if (word === '--') break;
    if (word.startsWith(`--${long}=`)) value = word.slice(long.length + 3);
    else if (word === `--${long}`) value = argv[index + 1];
    else if (short && /^-[a-zA-Z]/.test(word) && word.includes(short)) {
      // Only these short flags take no value and can precede it.
      const [switches = '', ...rest] = word.slice(1).split(short);
      if (/^[qvwyh]*$/.test(switches)) value = rest.join(short) || argv[index + 1];
    }
  }
  return value;
}
