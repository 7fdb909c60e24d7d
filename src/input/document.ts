import { readFileSync } from 'node:fs';
import { fail } from '../errors.ts';
import { everything, utf8 } from './content.ts';

/**
 * The value that a file of JSON or YAML holds; `-` is standard input. JSON is YAML too, but is read as what it says
 * it is, so that a slip in it is told in the words of JSON.
 * @throws Failure `file.unreadable`, `file.not-json`, `file.not-yaml`, `text.not-utf8`, `stdin.terminal`
 */
export async function readDocument(path: string, stdin: NodeJS.ReadStream): Promise<unknown> {
  const source = path === '-' ? 'standard input' : path;
  const text = (path === '-' ? await everything(stdin) : fileText(path)).replace(/^\uFEFF/, '');
  if (text.trim() === '') fail('usage', 'file.empty', `${source} is empty`);
  if (/\.json$/i.test(path) || (!/\.ya?ml$/i.test(path) && isJson(text))) return json(text, source);
  return yaml(text, source);
}

function fileText(path: string): string {
  try {
    return utf8(readFileSync(path), path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && 'syscall' in cause)
      fail('usage', 'file.unreadable', `${path} cannot be read: ${cause.message}`, undefined, cause);
    throw cause;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function json(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    fail('usage', 'file.not-json', `${source} is not JSON: ${messageOf(cause)}`, undefined, cause);
  }
}

async function yaml(text: string, source: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text, { prettyErrors: true, logLevel: 'error' });
  } catch (cause) {
    const [first = ''] = messageOf(cause).split('\n');
    fail('usage', 'file.not-yaml', `${source} is not YAML: ${first.replace(/:$/, '')}`, undefined, cause);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
