/** Milliseconds since 1970, UTC. */
export type Instant = number;

/**
 * A reading of a machine's monotonic clock, in milliseconds. Comparable only with readings of the same `boot`: the wall
 * clock may step by hours while a request is under way.
 */
export interface MonotonicTime {
  boot: string;
  ms: number;
}
