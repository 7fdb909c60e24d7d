/** Milliseconds since 1970, UTC. */
export type Instant = number;

/**
 * A reading of a machine's monotonic clock, in milliseconds. Comparable only with readings of the same `boot`. The wall
 * clock would not do: it may step by hours while a request is in flight.
 */
export interface MonotonicTime {
  boot: string;
  ms: number;
}
