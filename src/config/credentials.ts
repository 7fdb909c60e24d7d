import { fail } from '../errors.ts';

/**
 * What the environment says of who is asking; undefined when it says nothing. A key wins over a
 * password.
 * @throws Failure `credentials.invalid`
 */
export function credentialsIn(env: NodeJS.ProcessEnv) {
  const { QLARA_API_KEY: key, QLARA_USERNAME: username, QLARA_PASSWORD: password } = env;
  if (key && !/^[\x21-\x7e]+$/.test(key))
    fail(
      'setup',
      'credentials.invalid',
      'QLARA_API_KEY holds blanks, line ends or letters that no key has',
      'copy the key again; the value is not shown here',
    );
  if (key) return { kind: 'key', key } as const;
  if (username && password !== undefined) return { kind: 'basic', username, password } as const;
  return undefined;
}
