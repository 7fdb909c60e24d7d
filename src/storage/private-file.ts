import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from './folder.ts';

/** A draft of this age is left over from a process that was killed; to write one takes milliseconds. */
const staleDraftMs = 60_000;

/**
 * Writes a file that only its owner can read, whole or not at all: into a draft beside it, which then takes its place.
 * The draft has a name that nobody can guess and must not exist yet, so that nothing is written through a file or a
 * link that somebody has put there. Where the path itself is a link, what it points to is replaced. Removes the drafts
 * of writers that were killed; where `isLocked` says that nobody else writes meanwhile, all drafts.
 * @throws what the file system throws; the file is then as it was
 */
export function writePrivateFile(path: string, text: string, isLocked = false): void {
  makeFolder(dirname(path));
  const target = existsSync(path) ? realpathSync(path) : path;
  removeDrafts(target, isLocked ? Number.NEGATIVE_INFINITY : staleDraftMs);
  const draft = `${target}.${randomBytes(8).toString('hex')}.new`;
  // `wx` fails where the name exists, and does not follow a link (open(2), O_EXCL).
  const file = openSync(draft, 'wx', 0o600);
  try {
    try {
      writeFileSync(file, text);
      // Else a power cut may leave an empty file in the place of the old one.
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, target);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw cause;
  }
}

/** Earlier versions called a draft `NAME.new`, or by the number of their process. */
function removeDrafts(target: string, minAgeMs: number): void {
  const folder = dirname(target);
  const prefix = `${basename(target)}.`;
  const isDraft = (name: string) =>
    name.startsWith(prefix) && /^(?:(?:[0-9a-f]{16}\.)?new|\d+)$/.test(name.slice(prefix.length));
  for (const name of readdirSync(folder).filter(isDraft)) {
    const draft = join(folder, name);
    try {
      if (Date.now() - lstatSync(draft).mtimeMs >= minAgeMs) rmSync(draft);
    } catch {
      // Another process was faster, or it is no file: neither keeps this one from being written.
    }
  }
}
