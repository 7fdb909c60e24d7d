import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { Writable } from 'node:stream';
import type { Stream } from './io.ts';

/**
 * A stream in the form that drawing libraries expect. Writes are passed on at once, unbuffered, and without color if
 * the stream has none.
 */
export class Terminal extends Writable {
  readonly isTTY = true;
  constructor(readonly stream: Stream) {
    super({ decodeStrings: false });
  }
  get columns(): number {
    return this.stream.columns;
  }
  get rows(): number {
    return this.stream.rows;
  }
  override _write(chunk: unknown, _: BufferEncoding, done: () => void): void {
    this.stream.write(this.stream.color ? String(chunk) : String(chunk).replace(/\u001B\[[\d;]*m/g, ''));
    done();
  }
  cursorTo(x: number, y?: number): boolean {
    return cursorTo(this, x, y);
  }
  moveCursor(dx: number, dy: number): boolean {
    return moveCursor(this, dx, dy);
  }
  clearLine(direction: -1 | 0 | 1): boolean {
    return clearLine(this, direction);
  }
}
