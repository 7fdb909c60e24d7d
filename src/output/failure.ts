import { clean } from './clean.ts';
import type { Format } from './formats/format.ts';
import { stringifyJson } from './formats/json.ts';
import type { Style } from './style.ts';

/** A failure as shown to the user or a script. */
interface FailureInfo {
  code: string;
  message: string;
  hint?: string | null | undefined;
}

/** Renders a failure for stderr: `error:` and `hint:` lines, or a JSON object if rows are JSON too. */
export function renderFailure({ code, message, hint }: FailureInfo, format: Format, style: Style): string {
  if (format === 'json' || format === 'ndjson')
    return `${stringifyJson({ error: { code, message, hint: hint ?? null } })}\n`;
  const hints = hint ? hint.split('\n').map((line) => `${style.yellow('hint:')} ${clean(line)}\n`) : [];
  return `${style.red('error:')} ${clean(message)}\n${hints.join('')}`;
}
