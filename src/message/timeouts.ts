/** Timeouts of a request, in milliseconds. */
export const requestTimeoutMs = {
  /** For establishing a connection. */
  connect: 10_000,
  /** From sending the request to the end of the response. */
  response: 30_000,
} as const;

/** Longest time a request can be under way, in milliseconds. */
export const maxRequestMs = requestTimeoutMs.connect + requestTimeoutMs.response;
