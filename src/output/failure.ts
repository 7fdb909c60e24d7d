import { clean } from './clean.ts';
import { type Format, isJsonFormat } from './formats/format.ts';
import { stringifyJson } from './json-text.ts';
import type { Style } from './style.ts';

/** A failure as shown to the user or a script. */
interface FailureInfo {
  code: string;
  message: string;
  hint?: string | null | undefined;
}

/** A failure as text for stderr: `error:` and `hint:` lines, or one JSON object where rows would be JSON too. */
export function renderFailure({ code, message, hint }: FailureInfo, format: Format, style: Style): string {
  if (isJsonFormat(format)) return `${stringifyJson({ error: { code, message, hint: hint ?? null } })}\n`;
  const hints = hint ? hint.split('\n').map((line) => `${style.yellow('hint:')} ${clean(line)}\n`) : [];
  return `${style.red('error:')} ${clean(message)}\n${hints.join('')}`;
}
