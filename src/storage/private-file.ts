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

/**
 * Age of a draft, in milliseconds, from which it is left over from a killed process; writing one takes milliseconds.
 */
const staleDraftMs = 60_000;

/**
 * Writes a file that only its owner can read, atomically: into a draft beside it, which then replaces it. The draft has
 * an unpredictable name and must not exist, so that nothing is written through a file or link placed there by another
 * user. If the path itself is a link, its target is replaced. Removes the drafts of killed writers; with `isLocked`,
 * which says that there is no other writer, all drafts.
 * @throws errors of the file system; the file is unchanged then
 */
export function writePrivateFile(path: string, text: string, isLocked = false): void {
  makeFolder(dirname(path));
  const target = existsSync(path) ? realpathSync(path) : path;
  removeDrafts(target, isLocked ? Number.NEGATIVE_INFINITY : staleDraftMs);
  const draft = `${target}.${randomBytes(8).toString('hex')}.new`;
  // `wx` fails if the name exists, and does not follow a link (open(2), O_EXCL).
  const file = openSync(draft, 'wx', 0o600);
  try {
    try {
      writeFileSync(file, text);
      // Otherwise a power cut may leave an empty file in place of the old one.
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

/** Removes drafts. Earlier versions named a draft `NAME.new`, or by their process number. */
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
      // Another process removed it first, or it is not a file; neither prevents writing.
    }
  }
}
