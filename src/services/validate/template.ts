import type { Finding } from './finding.ts';

/** A template as the rows of a file need it, whatever channels have it. */
export interface KnownTemplate {
  /** The placeholders that have no value of their own. */
  needed: readonly string[];
  /** Why it cannot be sent at all. */
  problems: readonly Pick<Finding, 'value' | 'detail' | 'hint'>[];
}

/** Finds templates by id, and asks the gateway for each only once. */
export type FindTemplate = (id: string) => Promise<KnownTemplate>;
