import { isUtf8 } from 'node:buffer';
import { fail } from '../../errors.ts';
import { maxRowBytes } from './row.ts';

const LF = 10;
const CR = 13;

/** First bytes of binary files, with a description and a hint. */
const others: readonly (readonly [bytes: string, what: string, hint: string])[] = [
  ['504b0304', 'a spreadsheet or a zip archive', 'save it as CSV (UTF-8)'],
  ['d0cf11e0', 'a spreadsheet of an old Excel version', 'save it as CSV (UTF-8)'],
  ['1f8b', 'compressed', 'decompress it: gunzip -c FILE | qlara ... --file -'],
];

/**
 * Decodes a text to UTF-8 without byte order mark and NUL, in chunks of whole lines, so that an error is thrown only after
 * the lines before it. Accepts UTF-16 with a byte order mark, which Excel calls Unicode text.
 * @throws Failure `file.not-utf8`, `file.nul`, `file.row-too-long`, naming the line; `file.not-text`, `file.not-utf16`
 */
export async function* utf8Chunks(source: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const lines = new Lines();
  for await (const chunk of wholeLines(decode(source, name))) {
    const good = isText(chunk) && !isTooLong(chunk) ? chunk : beforeFault(chunk);
    lines.pass(good);
    if (good.length > 0) yield good;
    if (good.length < chunk.length) refuse(lineAt(chunk, good.length), `${name}, line ${lines.at}`);
  }
}

function refuse(line: Buffer, where: string): never {
  if (line.length > maxRowBytes)
    fail('usage', 'file.row-too-long', `${where}: longer than 1 MiB`, 'is it a file of rows?');
  if (isUtf8(line))
    fail('usage', 'file.nul', `${where}: a NUL byte`, 'if it is UTF-16: iconv -f UTF-16LE -t UTF-8');
  fail(
    'usage',
    'file.not-utf8',
    `${where}: not UTF-8`,
    'convert it, for example: iconv -f WINDOWS-1252 -t UTF-8',
  );
}

/** Yields chunks that end with a line end, except for the last one and a line that is too long. */
async function* wholeLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    // A CR at the end of a chunk may be the first half of CR LF.
    const end = bytes.includes(LF) ? bytes.lastIndexOf(LF) + 1 : bytes.lastIndexOf(CR, -2) + 1;
    if (end > 0) yield bytes.subarray(0, end);
    rest = bytes.subarray(end);
    if (rest.length > maxRowBytes) break;
  }
  if (rest.length > 0) yield rest;
}

/** Counts line ends: LF, CR or CR LF. */
class Lines {
  at = 1;
  #afterCr = false;
  pass(bytes: Buffer): void {
    let { at } = this;
    let afterCr = this.#afterCr;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === CR || (byte === LF && !afterCr)) at++;
      afterCr = byte === CR;
    }
    this.at = at;
    this.#afterCr = afterCr;
  }
}

function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}

/** Returns true if the bytes begin with a line longer than `maxRowBytes`. */
function isTooLong(bytes: Buffer): boolean {
  return bytes.length > maxRowBytes && lineAt(bytes, 0).length > maxRowBytes;
}

/** Returns the lines before the first one that is invalid or too long. */
function beforeFault(bytes: Buffer): Buffer {
  let at = 0;
  for (let line = lineAt(bytes, at); isText(line) && !isTooLong(line); line = lineAt(bytes, at))
    at += line.length;
  return bytes.subarray(0, at);
}

/** Returns the line at `start` with its line end. Bytes of line ends never occur within a multi-byte character. */
function lineAt(bytes: Buffer, start: number): Buffer {
  let end = start;
  while (end < bytes.length && bytes[end] !== LF && bytes[end] !== CR) end++;
  return bytes.subarray(start, end + 1);
}

async function* decode(source: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  let decode: ((chunk?: Buffer) => Buffer) | undefined;
  let begin = Buffer.alloc(0);
  for await (const chunk of source) {
    if (decode) {
      yield decode(chunk);
      continue;
    }
    // The byte order mark may be split over chunks.
    begin = Buffer.concat([begin, chunk]);
    if (begin.length < 4) continue;
    decode = decoderFor(begin, name);
    yield decode(begin);
  }
  decode ??= decoderFor(begin, name);
  if (begin.length < 4) yield decode(begin);
  yield decode();
}

/** Returns a function that converts chunks split anywhere to UTF-8; called without a chunk, it flushes the rest. */
function decoderFor(begin: Buffer, name: string): (chunk?: Buffer) => Buffer {
  const hex = begin.toString('hex', 0, 4);
  const other = others.find(([bytes]) => hex.startsWith(bytes));
  if (other) fail('usage', 'file.not-text', `${name} is ${other[1]}`, other[2]);
  if (hex.startsWith('fffe')) return fromUtf16('utf-16le', name);
  if (hex.startsWith('feff')) return fromUtf16('utf-16be', name);
  let mark = hex.startsWith('efbbbf') ? 3 : 0;
  return (chunk = Buffer.alloc(0)) => {
    const bytes = chunk.subarray(mark);
    mark = 0;
    return bytes;
  };
}

function fromUtf16(encoding: 'utf-16le' | 'utf-16be', name: string): (chunk?: Buffer) => Buffer {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (chunk) => {
    try {
      return Buffer.from(decoder.decode(chunk, { stream: chunk !== undefined }));
    } catch (cause) {
      fail('usage', 'file.not-utf16', `${name} begins like UTF-16 but is not`, 'save it as UTF-8', cause);
    }
  };
}
