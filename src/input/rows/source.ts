import { createReadStream } from 'node:fs';
import { fail } from '../../errors.ts';

/** Bytes that come in chunks, and what complaints call them. */
export interface Source {
  name: string;
  chunks: AsyncIterable<Buffer>;
}

/**
 * What stands in a file, a pipe or a device; `-` is standard input. A file that cannot be opened shows when it is read.
 * @throws Failure `stdin.terminal`; `chunks` throws `file.unreadable`
 */
export function openFile(path: string, from: { readonly stdin: NodeJS.ReadStream }): Source {
  // What a parent hands over as standard input may be a socket, which cannot be opened by its path.
  if (path !== '-' && path !== '/dev/stdin')
    return { name: path, chunks: readable(createReadStream(path), path) };
  const name = 'standard input';
  if (from.stdin.isTTY)
    fail('usage', 'stdin.terminal', 'standard input is a terminal', 'pipe the file in, or name it');
  return { name, chunks: readable(from.stdin, name) };
}

async function* readable(stream: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && 'syscall' in cause)
      fail('usage', 'file.unreadable', `${name} cannot be read: ${why(cause)}`, undefined, cause);
    throw cause;
  }
}

/** In plain words, where they are the usual ones. */
function why({ message, code }: Error & { code: unknown }): string {
  const words: Record<string, string> = {
    ENOENT: 'there is no such file',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
  };
  return words[String(code)] ?? message;
}
