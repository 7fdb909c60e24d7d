import { createReadStream } from 'node:fs';
import { fail } from '../../errors.ts';
import { describeFileError } from '../text.ts';

/** Chunks of bytes, with a name for messages. */
export interface Source {
  name: string;
  chunks: AsyncIterable<Buffer>;
}

/**
 * Opens a file, a pipe or a device; `-` is standard input. Errors in opening it are thrown when it is read.
 * @throws Failure `stdin.terminal`; `chunks` throws `file.unreadable`
 */
export function openFile(path: string, from: { readonly stdin: NodeJS.ReadStream }): Source {
  // Standard input may be a socket, which cannot be opened by its path.
  if (path !== '-' && path !== '/dev/stdin')
    return { name: path, chunks: readable(createReadStream(path), path) };
  const name = 'standard input';
  if (from.stdin.isTTY)
    fail('usage', 'stdin.terminal', 'standard input is a terminal', 'pipe the file in, or use its path');
  return { name, chunks: readable(from.stdin, name) };
}

async function* readable(stream: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && 'syscall' in cause)
      fail('usage', 'file.unreadable', `cannot read ${name}: ${describeFileError(cause)}`, undefined, cause);
    throw cause;
  }
}
