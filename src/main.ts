import { writeSync } from 'node:fs';

/**
 * Runs the program on the words of its process. Answers the version and the shell's questions before anything
 * else is loaded: scripts ask for the one often, and whoever presses Tab waits for the other.
 */
export async function main(process: NodeJS.Process): Promise<void> {
  const [word, ...others] = process.argv.slice(2);
  if ((word === '--version' || word === '-V') && others.length === 0) print(`${__VERSION__}\n`);
  else if (word === '__complete')
    print(await (await import('./cli/completions/answer.ts')).complete(others, process.env));
  else await (await import('./program.ts')).program(process);
}

/** Past the stream for stdout, which takes Node longer to make than the rest of this takes. */
function print(text: string): void {
  try {
    writeSync(1, text);
  } catch {
    // Nobody reads: a closed pipe is no failure.
  }
}
