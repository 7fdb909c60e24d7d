/** The webhook URL at the gateway: one for an account, whichever program set it. Every call throws Failure `gateway.*`. */
export interface Webhooks {
  /**
   * Returns the URL; null if none is set, undefined if the gateway does not say. With `beforeSet`, null means that a call
   * to `set` replaces nothing.
   */
  get(beforeSet?: boolean): Promise<string | null | undefined>;
  /**
   * Sets the URL. Without `replaces`, no other is replaced where the gateway tells that there is one: resolves to false
   * if so.
   * @throws Failure `webhook.refused`
   */
  set(url: string, replaces: boolean): Promise<boolean>;
  /** Removes the URL; returns true if one was set. */
  remove(): Promise<boolean>;
}
