/** What the environment says of who is asking; undefined when it says nothing. A key wins over a password. */
export function credentialsIn(env: NodeJS.ProcessEnv) {
  const { QLARA_API_KEY: key, QLARA_USERNAME: username, QLARA_PASSWORD: password } = env;
  if (key) return { kind: 'key', key } as const;
  if (username && password !== undefined) return { kind: 'basic', username, password } as const;
  return undefined;
}
