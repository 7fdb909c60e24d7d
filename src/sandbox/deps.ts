import type { Dialects } from './account.ts';
import type { RequestBody } from './fields.ts';
import type { SandboxState } from './state.ts';

/** Dependencies of every handler. */
export interface SandboxDeps {
  state: SandboxState;
  dialects: Dialects;
  /** Returns the time in milliseconds since 1970. */
  now: () => number;
  /** Factor by which timelines run faster than real time. */
  speed: number;
}

/** A request as a handler sees it. */
export interface SandboxCall {
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** Parses the body. @throws HttpError 400 when it is not a JSON object */
  body(): RequestBody;
}
