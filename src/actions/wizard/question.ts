import type { Context } from '../../app/context.ts';
import type { Ask } from '../../input/prompt.ts';
import type { ChannelName } from '../../message/channels/channel.ts';
import type { MessageRules } from '../../message/rules.ts';
import type { Template } from '../../message/template.ts';
import type { SendFlags } from '../send-flags.ts';

/** The answers so far. */
export interface Answers {
  /** The channel at which the message enters; undefined until it is known. */
  channel: ChannelName | undefined;
  values: SendFlags;
  /** True if a template is to be sent, as answered. */
  wantsTemplate?: boolean;
  template?: Template | undefined;
  /** True once the answer to the question about the fallback is in `values`. */
  hasFallback?: boolean;
}

/** Dependencies of the questions. */
export interface Asking {
  ask: Ask;
  context: Context;
  rules: MessageRules;
  /** Names of the values in the file of `--vars-file`. */
  fileNames: readonly string[];
  /** Placeholders of the template that a flag names. */
  needed: readonly string[];
  /** Texts and values that were typed before going back, to begin with. */
  drafts: { message?: string; values: Map<string, string> };
  /** Set by a question that found its answer without asking, so that Esc does not stop there. */
  foundAnswer?: boolean;
}

/** Asks one question and returns the answers with its own; undefined if it need not be asked. */
export type Question = (answers: Answers, asking: Asking) => Promise<Answers | undefined>;
