/** `1 message`, `1,200 messages`. */
export function pluralize(count: number, what: string): string {
  return `${formatNumber(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** `1,200`. */
export function formatNumber(count: number): string {
  return count.toLocaleString('en');
}

export function sum(counts: readonly { count: number }[]): number {
  return counts.reduce((all, { count }) => all + count, 0);
}

/** `12.5 %`. Neither nothing nor all is said of what is only nearly so. */
export function formatPercent(count: number, total: number): string {
  if (total === 0) return '0 %';
  const share = (count / total) * 100;
  if (count > 0 && share < 0.1) return '<0.1 %';
  if (count < total && share > 99.9) return '>99.9 %';
  return share === 100 || share === 0 ? `${share} %` : `${share.toFixed(1)} %`;
}

/** A length of time for a person: `20 s`, `5 min`, `2 h 10 min`, `4 d`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 72) return `${Math.round(hours / 24)} d`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** As `lengthOf`, more exact where it is short: `450 ms`, `2.1 s`. */
export function formatDurationExactly(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 9_950) return `${Number((milliseconds / 1_000).toFixed(1))} s`;
  return formatDuration(milliseconds);
}

/** A moment on this machine's clock, for a person: `2026-11-24 09:15`. */
export function formatMinute(instant: number): string {
  const date = new Date(instant);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
