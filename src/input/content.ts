import { readFileSync } from 'node:fs';
import { fail } from '../errors.ts';
import type { Variables } from '../message/placeholders.ts';

/** Where standard input comes from; it is only looked at when it is wanted. */
interface Input {
  readonly stdin: NodeJS.ReadStream;
}

/**
 * The one text to send among what `--message` was given; `-` is standard input to its end, less the last
 * line end.
 * @throws Failure `text.twice`, `text.not-utf8`, `stdin.terminal`
 */
export async function messageText(given: readonly string[], from: Input): Promise<string | undefined> {
  const text = onlyOne(given, 'text', '--message');
  if (text !== '-') return text;
  return (await everything(from.stdin)).replace(/\r?\n$/, '');
}

/** @throws Failure `NAME.twice` when there are several */
export function onlyOne<T>(given: readonly T[], name: string, flag: string): T | undefined {
  if (given.length > 1)
    fail('usage', `${name}.twice`, `${flag} is given ${given.length} times`, 'give it once');
  return given[0];
}

/**
 * The values of placeholders, from `--var` and from a JSON file; what stands on the line wins.
 * @throws Failure `vars.*`
 */
export async function variablesFrom(
  assignments: readonly (readonly [string, string])[],
  file: string | undefined,
  from: Input,
): Promise<Variables> {
  const read =
    file === undefined ? {} : flatObject(file, file === '-' ? await everything(from.stdin) : fileText(file));
  return { ...read, ...Object.fromEntries(assignments) };
}

function fileText(path: string): string {
  try {
    return utf8(readFileSync(path), path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause)
      fail('usage', 'vars.unreadable', `${path} cannot be read: ${cause.message}`, undefined, cause);
    throw cause;
  }
}

function flatObject(source: string, text: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    fail('usage', 'vars.not-json', `${source} is not JSON: ${cause instanceof Error ? cause.message : ''}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    fail('usage', 'vars.not-object', `${source} is not a JSON object of names and values`);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean')
        fail('usage', 'vars.not-text', `${source}: the value of ${JSON.stringify(name)} is not text`);
      return [name, String(one)];
    }),
  );
}

/** All of standard input. @throws Failure `stdin.terminal` when nobody would ever end the input */
export async function everything(stdin: NodeJS.ReadStream): Promise<string> {
  if (stdin.isTTY)
    fail(
      'usage',
      'stdin.terminal',
      'standard input is a terminal',
      'pipe the text in, or write it on the line',
    );
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return utf8(Buffer.concat(chunks), 'standard input');
}

export function utf8(bytes: Buffer, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    fail('usage', 'text.not-utf8', `${source} is not UTF-8`, 'convert it, for instance with iconv');
  }
}
