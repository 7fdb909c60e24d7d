import type { FailureKind } from '../errors.ts';
import { clean } from './clean.ts';
import { type Format, isJsonFormat } from './formats/format.ts';
import { stringifyJson } from './json-text.ts';
import type { Style } from './style.ts';

/** A failure as shown to the user or a script. */
interface FailureInfo {
  kind: FailureKind;
  code: string;
  message: string;
  hint?: string | null | undefined;
}

/** A failure as text for stderr: `error:` and `hint:` lines, or one JSON object where rows would be JSON too. */
export function renderFailure(
  { kind, code, message, hint }: FailureInfo,
  format: Format,
  style: Style,
): string {
  if (isJsonFormat(format)) {
    // Only then surely nothing was accepted, and nothing is wrong with the command.
    const retryable = kind === 'gateway' && !isMissingCall(code);
    return `${stringifyJson({ error: { code, message, hint: hint ?? null, retryable } })}\n`;
  }
  const hints = hint ? hint.split('\n').map((line) => `${style.yellow('hint:')} ${clean(line)}\n`) : [];
  return `${style.red('error:')} ${clean(message)}\n${hints.join('')}`;
}

/** Reports whether a failure says that the gateway has no such call, which it will not have a moment later. */
function isMissingCall(code: string): boolean {
  return ['gateway.not-found', 'webhook.untold', 'webhook.unremovable', 'inbox.none'].includes(code);
}
