const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar as long as its share of `width` cells, from 0 to 1. What is not nothing shows. */
export function bar(share: number, width: number, unicode: boolean): string {
  const cells = Math.max(Math.min(share, 1), 0) * width;
  if (!unicode) return '#'.repeat(share > 0 ? Math.max(Math.round(cells), 1) : 0);
  const parts = share > 0 ? Math.max(Math.round(cells * 8), 1) : 0;
  return '█'.repeat(Math.floor(parts / 8)) + eighths[parts % 8];
}

/** A bar in a trough: how much of it is full is seen without its end being known. Full only when all is done. */
export function gauge(share: number, width: number, unicode: boolean): string {
  const full = share >= 1 ? width : Math.floor(Math.max(share, 0) * width);
  const [on, off] = unicode ? ['█', '░'] : ['#', '.'];
  return on.repeat(full) + off.repeat(width - full);
}
