/** Formats a count with its noun: `1 message`, `1,200 messages`. */
export function pluralize(count: number, what: string): string {
  return `${formatNumber(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** Formats a number with thousands separators: `1,200`. */
export function formatNumber(count: number): string {
  return count.toLocaleString('en');
}

/** Formats a size: `512 B`, `4.0 kB`, `12.3 MB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 0), units.length - 1);
  return `${(bytes / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** Sums up counts. */
export function sumCounts(counts: readonly { count: number }[]): number {
  return counts.reduce((all, { count }) => all + count, 0);
}

/** Formats a share: `12.5 %`. Rounding never yields 0 % or 100 % for other shares. */
export function formatPercent(count: number, total: number): string {
  if (total === 0) return '0 %';
  const share = (count / total) * 100;
  if (count > 0 && share < 0.1) return '<0.1 %';
  if (count < total && share > 99.9) return '>99.9 %';
  return share === 100 || share === 0 ? `${share} %` : `${share.toFixed(1)} %`;
}

/** Formats a duration for reading: `20 s`, `5 min`, `2 h 10 min`, `4 d`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 72) return `${Math.round(hours / 24)} d`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** Formats a duration as `formatDuration` does, more precisely if it is short: `450 ms`, `2.1 s`. */
export function formatDurationExactly(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 9_950) return `${Number((milliseconds / 1_000).toFixed(1))} s`;
  return formatDuration(milliseconds);
}

/** Formats a time in this machine's time zone: `2026-11-24 09:15`. */
export function formatMinute(instant: number): string {
  const date = new Date(instant);
  const pad = (number: number) => String(number).padStart(2, '0');
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join('-');
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/**
 * Formats this machine's time zone and its offset at an instant: `Europe/Rome (UTC+01:00)`. `name` is the zone's name in
 * the environment, since Node replaces some names by older ones.
 */
export function formatZone(instant: number, name: string | undefined): string {
  const minutes = -new Date(instant).getTimezoneOffset();
  const pad = (number: number) => String(number).padStart(2, '0');
  const offset = `${minutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
  // Node knows no name if TZ has none that exists.
  const known = isZone(name) ? name : Intl.DateTimeFormat().resolvedOptions().timeZone;
  return known && known !== 'Etc/Unknown' ? `${known} (UTC${offset})` : `UTC${offset}`;
}

function isZone(name: string | undefined): name is string {
  try {
    return Boolean(name) && Boolean(Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
