/** Balance of an account in EUR; null for what the gateway does not report. */
export interface Credit {
  credit: number;
  /** Part of the balance that is reserved for planned messages. */
  frozenCredit: number | null;
  /** Balance without what is reserved. */
  availableCredit: number | null;
}
