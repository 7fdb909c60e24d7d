import { Failure, fail } from '../errors.ts';
import { isTooDeep, maxNesting, tooDeepMessage } from '../message/nesting.ts';
import { describeFileError, readStdin, readWhole, refuseTooDeep, utf8 } from './text.ts';

/**
 * Reads a JSON or YAML file; `-` is standard input. JSON is valid YAML too, but is parsed as JSON, so that a syntax error
 * is reported as one in JSON.
 * @throws Failure `file.unreadable`, `file.not-json`, `file.not-yaml`, `text.not-utf8`, `stdin.terminal`,
 *   `file.too-large`, `file.too-deep`
 */
export async function readDocument(path: string, stdin: NodeJS.ReadStream): Promise<unknown> {
  const source = path === '-' ? 'standard input' : path;
  const text = (path === '-' ? await readStdin(stdin) : fileText(path)).replace(/^\uFEFF/, '');
  if (text.trim() === '') fail('usage', 'file.empty', `${source} is empty`);
  if (/\.json$/i.test(path) || (!/\.ya?ml$/i.test(path) && isJson(text))) return json(text, source);
  return yaml(text, source);
}

function fileText(path: string): string {
  try {
    return utf8(readWhole(path), path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && 'syscall' in cause)
      fail('usage', 'file.unreadable', `cannot read ${path}: ${describeFileError(cause)}`, undefined, cause);
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
  refuseTooDeep(text, source);
  try {
    return JSON.parse(text);
  } catch (cause) {
    fail('usage', 'file.not-json', `${source} is not valid JSON: ${messageOf(cause)}`, undefined, cause);
  }
}

async function yaml(text: string, source: string): Promise<unknown> {
  const library = await import('yaml');
  const line = findTooDeepYaml(text, library);
  if (line !== undefined) fail('usage', 'file.too-deep', `${source}, line ${line}: ${tooDeepMessage}`);
  try {
    const value: unknown = library.parse(text, { prettyErrors: true, logLevel: 'error' });
    // Aliases add levels that the tokens do not show.
    if (isTooDeep(value)) fail('usage', 'file.too-deep', `${source}: ${tooDeepMessage}`);
    return value;
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const [first = ''] = messageOf(cause).split('\n');
    fail(
      'usage',
      'file.not-yaml',
      `${source} is not valid YAML: ${first.replace(/:$/, '')}`,
      undefined,
      cause,
    );
  }
}

/**
 * Finds the line on which YAML is nested too deeply, by its tokens: the library's parser recurses once per level, and a
 * stack overflow can end the process. A block is nested by its column; a list may begin in the column of its key, so the
 * real depth may be twice the one counted here.
 */
function findTooDeepYaml(text: string, { CST, Lexer }: typeof import('yaml')): number | undefined {
  const blocks: number[] = [];
  let flows = 0;
  let line = 1;
  let column = 0;
  /** Column of the node before a `:` on this line. */
  let node: number | undefined;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === 'byte-order-mark' || type === 'doc-mode' || type === 'flow-error-end' || type === 'scalar')
      continue;
    if (type === 'flow-seq-start' || type === 'flow-map-start') flows++;
    else if (type === 'flow-seq-end' || type === 'flow-map-end') flows--;
    else if (
      flows <= 0 &&
      (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind')
    ) {
      const begin = node ?? column;
      while ((blocks.at(-1) ?? -1) > begin) blocks.pop();
      if (blocks.at(-1) !== begin) blocks.push(begin);
      node = undefined;
    } else if (type !== 'space' && type !== 'newline' && type !== 'comment') node ??= column;
    if (flows + blocks.length > maxNesting) return line;
    const lastBreak = token.lastIndexOf('\n');
    if (lastBreak >= 0) {
      line += token.split('\n').length - 1;
      node = undefined;
    }
    column = lastBreak >= 0 ? token.length - lastBreak - 1 : column + token.length;
  }
  return undefined;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
