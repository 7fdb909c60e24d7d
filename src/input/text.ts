import { closeSync, openSync, readSync } from 'node:fs';
import { Failure, fail } from '../errors.ts';
import { findTooDeep, tooDeepMessage } from '../message/nesting.ts';
import type { Variables } from '../message/placeholders.ts';

/**
 * Maximum size of a text or a document, in bytes; far more than any template or message. Without a limit, a device or a
 * wrong file would fill the memory.
 */
export const maxDocumentBytes = 1 << 20;

/** Provides standard input, which is accessed only if it is read. */
interface Input {
  readonly stdin: NodeJS.ReadStream;
}

/**
 * Reads the text of `--message`; `-` reads standard input, without the last line end.
 * @throws Failure `text.twice`, `text.not-utf8`, `stdin.terminal`
 */
export async function readMessageText(given: readonly string[], from: Input): Promise<string | undefined> {
  const text = atMostOne(given, 'text', '--message');
  if (text !== '-') return text;
  return (await readStdin(from.stdin)).replace(/\r?\n$/, '');
}

/** Returns the only value, or undefined. @throws Failure `NAME.twice` if there are several */
export function atMostOne<T>(given: readonly T[], name: string, flag: string): T | undefined {
  if (given.length > 1)
    fail('usage', `${name}.twice`, `${flag} is given ${given.length} times`, 'use it once');
  return given[0];
}

/**
 * Reads the values of placeholders from `--var` and from a JSON file; `--var` takes precedence.
 * @throws Failure `var.twice`, `vars.*`, `file.too-large`, `file.too-deep`
 */
export async function readVariables(
  assignments: readonly (readonly [string, string])[],
  file: string | undefined,
  from: Input,
): Promise<Variables> {
  const names = assignments.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    fail('usage', 'var.twice', `--var ${twice} is given more than once`, 'use it once');
  const read =
    file === undefined ? {} : flatObject(file, file === '-' ? await readStdin(from.stdin) : fileText(file));
  return { ...read, ...Object.fromEntries(assignments) };
}

function fileText(path: string): string {
  try {
    return utf8(readWhole(path), path);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    if (cause instanceof Error && 'code' in cause)
      fail(
        'usage',
        'vars.unreadable',
        `--vars-file: cannot read ${path}: ${describeFileError(cause)}`,
        undefined,
        cause,
      );
    throw cause;
  }
}

/** Describes the usual errors of the file system in plain words. */
export function describeFileError({ message, code }: Error & { code: unknown }): string {
  const words: Record<string, string> = {
    ENOENT: 'no such file',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
  };
  return words[String(code)] ?? message;
}

function flatObject(source: string, text: string): Record<string, string> {
  let value: unknown;
  refuseTooDeep(text, source);
  try {
    value = JSON.parse(text);
  } catch (cause) {
    fail(
      'usage',
      'vars.not-json',
      `${source} is not valid JSON: ${cause instanceof Error ? cause.message : ''}`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    fail('usage', 'vars.not-object', `${source} is not a JSON object with names and values`);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean')
        fail('usage', 'vars.not-text', `${source}: the value of ${JSON.stringify(name)} is not text`);
      // JavaScript has lost digits of such a number, so a wrong value would be sent.
      if (typeof one === 'number' && !(Math.abs(one) <= Number.MAX_SAFE_INTEGER))
        fail(
          'usage',
          'vars.not-text',
          `${source}: the value of ${JSON.stringify(name)} is too large for a number`,
          'put it in quotes',
        );
      return [name, String(one)];
    }),
  );
}

/**
 * Reads a file whole.
 * @throws Failure `file.too-large` beyond `maxDocumentBytes`, and what the file system throws
 */
export function readWhole(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let size = 0; ; ) {
      const chunk = Buffer.allocUnsafe(1 << 16);
      const length = readSync(file, chunk);
      if (length === 0) return Buffer.concat(chunks);
      size += length;
      if (size > maxDocumentBytes) refuseTooLarge(path);
      chunks.push(chunk.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}

function refuseTooLarge(source: string): never {
  fail('usage', 'file.too-large', `${source} is larger than 1 MiB`, 'is it the right file?');
}

/** Refuses JSON text that is nested too deeply. @throws Failure `file.too-deep`, naming the line */
export function refuseTooDeep(text: string, source: string): void {
  const at = findTooDeep(text);
  if (at === undefined) return;
  const line = text.slice(0, at).split('\n').length;
  fail('usage', 'file.too-deep', `${source}, line ${line}: ${tooDeepMessage}`);
}

/**
 * Reads all of standard input.
 * @throws Failure `stdin.terminal` if it is a terminal, `file.too-large` beyond `maxDocumentBytes`
 */
export async function readStdin(stdin: NodeJS.ReadStream): Promise<string> {
  if (stdin.isTTY)
    fail(
      'usage',
      'stdin.terminal',
      'standard input is a terminal',
      'pipe the text in, or pass it on the command line',
    );
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    size += chunk.length;
    if (size > maxDocumentBytes) refuseTooLarge('standard input');
    chunks.push(Buffer.from(chunk));
  }
  return utf8(Buffer.concat(chunks), 'standard input');
}

export function utf8(bytes: Buffer, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    fail('usage', 'text.not-utf8', `${source} is not UTF-8`, 'convert it, for example with iconv');
  }
}
