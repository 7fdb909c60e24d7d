import type { Failure } from '../../errors.ts';

/** A template as the rows of a file need it, whichever channels have it. */
export interface KnownTemplate {
  /** All of its placeholders; undefined where they are not known. */
  placeholders: ReadonlySet<string> | undefined;
  /** The placeholders without a value of their own. */
  needed: readonly string[];
  /** Why it cannot be sent at all. */
  problems: readonly Failure[];
}

/** Finds a template by its id. @throws Failure where the gateway cannot be asked */
export type FindTemplate = (id: string) => Promise<KnownTemplate>;
