/** How long a request may take before it is given up, in milliseconds. */
export const requestTimeoutMs = {
  /** For a connection to be made. */
  connect: 10_000,
  /** From the request to the whole of its answer. */
  answer: 30_000,
} as const;

/** The longest a request can be under way, in milliseconds. */
export const longestRequestMs = requestTimeoutMs.connect + requestTimeoutMs.answer;
