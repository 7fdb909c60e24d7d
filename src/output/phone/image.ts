import type { Media } from '../../message/template.ts';
import { clean } from '../clean.ts';
import type { Style } from '../style.ts';
import { measureWidth, shorten } from '../width.ts';
import type { Block, FrameRow } from './frame.ts';

/** Lines of a picture by height; medium by default. */
const heights = { short: 3, medium: 5, tall: 8 } as const;

/** Builds a shaded box in place of a picture, with its name inside. */
export function buildImageBlock({ url, height, kind }: Media, style: Style): Block {
  const lines = heights[height ?? 'medium'];
  const name = clean(fileName(url) ?? kind);
  const shade = style.unicode ? '░' : ':';
  const draw = (width: number, index: number) => {
    const label =
      index === Math.floor((lines - 1) / 2) ? ` ${shorten(name, width - 2, style.symbols.more)} ` : '';
    const free = Math.max(width - measureWidth(label), 0);
    const left = Math.floor(free / 2);
    return style.dim(shade.repeat(left)) + label + style.dim(shade.repeat(free - left));
  };
  return {
    wanted: Math.max(measureWidth(name) + 2, 28),
    rows: () =>
      Array.from(
        { length: lines },
        (_, index): FrameRow => ({ kind: 'line', draw: (width) => draw(width, index) }),
      ),
  };
}

/** Returns the last part of a URL's path, decoded; undefined if there is none. */
function fileName(url: string | null): string | undefined {
  const path = url?.replace(/[?#].*$/s, '').replace(/^[a-z]+:\/\/[^/]*/i, '');
  const name = path?.split('/').findLast((part) => part !== '');
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return name;
  }
}
