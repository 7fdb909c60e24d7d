/** A WhatsApp number of the account; null for what the gateway does not report. */
export interface WhatsappNumber {
  /** The gateway’s id of it: digits, or a text such as `waba-num-001`. */
  id: string;
  /** The number in E.164. */
  phone: string | null;
  displayName: string | null;
  verifiedName: string | null;
  /** The gateway’s word in lower case: `active`, `pending`. */
  status: string | null;
  qualityRating: string | null;
  messagingLimit: string | null;
}
