/** Credentials of an account (vendor: `guides/authentication`). */
export type Credentials =
  | { kind: 'key'; key: string }
  | { kind: 'basic'; username: string; password: string };
