import { writeSync } from 'node:fs';

/**
 * Runs the program on the words of its process. Answers the version before anything else is loaded, since
 * scripts ask for it often.
 */
export async function main(process: NodeJS.Process): Promise<void> {
  const [word, ...others] = process.argv.slice(2);
  if ((word === '--version' || word === '-V') && others.length === 0) printVersion();
  else await (await import('./program.ts')).program(process);
}

/** Past the stream for stdout, which takes Node longer to make than the rest of this takes. */
function printVersion(): void {
  try {
    writeSync(1, `${__VERSION__}\n`);
  } catch {
    // Nobody reads: a closed pipe is no failure.
  }
}
