const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Draws a bar of `share` (0 to 1) of `width` cells. A share above 0 is always visible. */
export function drawBar(share: number, width: number, unicode: boolean): string {
  const cells = Math.max(Math.min(share, 1), 0) * width;
  if (!unicode) return '#'.repeat(share > 0 ? Math.max(Math.round(cells), 1) : 0);
  const parts = share > 0 ? Math.max(Math.round(cells * 8), 1) : 0;
  return '█'.repeat(Math.floor(parts / 8)) + eighths[parts % 8];
}

/** Draws a progress bar with a visible background. It is full only when all is done. */
export function drawGauge(share: number, width: number, unicode: boolean): string {
  const full = share >= 1 ? width : Math.floor(Math.max(share, 0) * width);
  const [on, off] = unicode ? ['█', '░'] : ['#', '.'];
  return on.repeat(full) + off.repeat(width - full);
}
