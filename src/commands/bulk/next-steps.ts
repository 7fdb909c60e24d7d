import { isFailed } from '../../message/status.ts';
import type { Context } from '../context.ts';
import { contextFlags } from '../context-flags.ts';
import { many, sum } from './amounts.ts';
import type { Listed } from './listed.ts';

/** What a person may want to type next about a bulk that stands so, who has been shown why it does or has not. */
export function nextSteps(
  { bulk: { id }, state, counts }: Listed,
  knowsWhy: boolean,
  context: Context,
): string[] {
  const flags = contextFlags(context);
  const failed = sum(counts.filter(({ final, status }) => final && isFailed(status)));
  const underWay = sum(
    counts.filter(({ final, status }) => !final && status !== 'queued' && status !== 'unknown'),
  );
  return [
    ...(state === 'stopped' ? [`\`qlara bulk resume ${id}${flags}\` sends the rest`] : []),
    ...(state === 'running' ? [`\`qlara bulk show ${id}${flags} --watch\` follows it`] : []),
    ...(state !== 'running' && underWay > 0
      ? [`\`qlara bulk show ${id}${flags} --watch\` asks the gateway what became of those on their way`]
      : []),
    ...(failed > 0 && !knowsWhy
      ? [`${many(failed, 'message')} failed: \`qlara bulk show ${id}${flags}\` tells why`]
      : []),
    ...(failed > 0 && underWay === 0 && state === 'done'
      ? [`\`qlara bulk retry ${id}${flags}\` sends what failed once more`]
      : []),
  ];
}
