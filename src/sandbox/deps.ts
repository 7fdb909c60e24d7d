import type { RequestBody } from './fields.ts';
import type { State } from './state.ts';

/** What every handler works with. */
export interface SandboxDeps {
  state: State;
  /** Milliseconds since 1970. */
  now: () => number;
  /** How many times faster than real lives run. */
  speed: number;
}

/** A request, as a handler sees it. */
export interface SandboxCall {
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** @throws Refusal 400 when the body is not a JSON object */
  body(): RequestBody;
}
