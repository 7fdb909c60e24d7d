import { writeSync } from 'node:fs';

/**
 * Runs the program with the arguments of its process. Answers --version and completion requests without loading anything
 * else, since scripts ask for the version often and completion must be fast.
 */
export async function main(process: NodeJS.Process): Promise<void> {
  const [word, ...others] = process.argv.slice(2);
  if ((word === '--version' || word === '-V') && others.length === 0) print(`${__VERSION__}\n`);
  else if (word === '__complete')
    print(await (await import('./cli/completions/answer.ts')).complete(others, process.env));
  else await (await import('./program.ts')).program(process);
}

/** Writes to file descriptor 1 directly: creating the stdout stream takes Node longer than everything else here. */
function print(text: string): void {
  try {
    writeSync(1, text);
  } catch {
    // A closed pipe is not an error.
  }
}
