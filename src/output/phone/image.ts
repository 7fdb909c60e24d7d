import type { Media } from '../../message/template.ts';
import { clean } from '../clean.ts';
import type { Style } from '../style.ts';
import { shorten, widthOf } from '../width.ts';
import type { Block, FrameRow } from './frame.ts';

/** Lines that a picture takes; without a height, the middle one. */
const heights = { short: 3, medium: 5, tall: 8 } as const;

/** A box in the place of a picture, its name inside. */
export function imageBlock({ url, height, kind }: Media, style: Style): Block {
  const lines = heights[height ?? 'medium'];
  const name = clean(nameIn(url) ?? kind);
  const shade = style.unicode ? '░' : ':';
  const draw = (width: number, index: number) => {
    const label =
      index === Math.floor((lines - 1) / 2) ? ` ${shorten(name, width - 2, style.symbols.more)} ` : '';
    const free = Math.max(width - widthOf(label), 0);
    const left = Math.floor(free / 2);
    return style.dim(shade.repeat(left)) + label + style.dim(shade.repeat(free - left));
  };
  return {
    wanted: Math.max(widthOf(name) + 2, 28),
    rows: () =>
      Array.from(
        { length: lines },
        (_, index): FrameRow => ({ kind: 'line', draw: (width) => draw(width, index) }),
      ),
  };
}

/** The last part of an address. */
function nameIn(url: string | null): string | undefined {
  const path = url?.replace(/[?#].*$/s, '').replace(/^[a-z]+:\/\/[^/]*/i, '');
  const name = path?.split('/').findLast((part) => part !== '');
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return name;
  }
}
