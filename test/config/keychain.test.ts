import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytesIn, freshHome, type Ran, run, shell } from '../support/program.ts';
import { json, serve } from '../support/server.ts';

const key = 'ak_live_0123456789abcdef';
const listening = serve({ get: json(200, { credit: 7 }) });

/** Whether a keychain can be had. CI must have one; elsewhere these tests are left out. */
const hasKeychain = works();

function works(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    execFileSync('bash', ['-c', 'type dbus-run-session gnome-keyring-daemon'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env.CI) throw new Error('the tests of the keychain need dbus and gnome-keyring');
    return false;
  }
}

describe.skipIf(!hasKeychain)('where the system has a keychain', () => {
  /** Runs lines of the shell, in which `qlara` is the program, beside a keychain of their own. */
  async function beside(lines: string): Promise<Ran & { home: string }> {
    const home = freshHome();
    const env = { QLARA_KEYCHAIN: '', QLARA_BASE_URL: (await listening).url };
    const unlock = 'echo -n pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1';
    const ran = await shell(
      `export -f qlara; export LINES_TO_RUN='${lines.replaceAll("'", "'\\''")}'
       dbus-run-session -- bash -c '${unlock}; eval "$LINES_TO_RUN"'`,
      { home, env },
    );
    return { ...ran, home: home.path };
  }

  test('the key is there and in no file, is used, and is gone after logout', async () => {
    const { stdout, stderr, home } = await beside(
      `echo ${key} | qlara login; cat "$QLARA_CONFIG_DIR/credentials.json"; qlara whoami --json;
       qlara credit --json; qlara logout; qlara whoami --json`,
    );
    expect(stderr).toContain('the key is stored in the system keychain');
    expect(stdout).toContain('{\n  "default": {}\n}\n');
    expect(stdout).toContain('"source": "keychain"');
    expect(stdout).toContain('"key": "ak_l****ef"');
    expect(stdout).toContain('"credit": 7');
    expect(stdout).toContain('"source": null');
    const outside = bytesIn({ path: join(home, 'config'), state: '', config: '' });
    expect(outside).not.toContain(key);
    expect((await listening).seen.at(-1)?.headers['x-api-key']).toBe(key);
  });

  test('a key that was in the file moves', async () => {
    const { stdout } = await beside(
      `echo ${key} | QLARA_KEYCHAIN=off qlara login; grep -c ${key} "$QLARA_CONFIG_DIR/credentials.json"
       echo ${key} | qlara login; grep -c ${key} "$QLARA_CONFIG_DIR/credentials.json"`,
    );
    expect(stdout).toBe('1\n0\n');
  });

  test('when it is no longer there, the error says how to go on', async () => {
    const { stderr } = await beside(
      `echo ${key} | qlara login -q; DBUS_SESSION_BUS_ADDRESS= qlara credit; echo "exit $?" >&2`,
    );
    expect(stderr).toMatch(
      /error: cannot read the key of profile default from the keychain: .*\nhint: run `qlara login`.*\nexit 3/,
    );
  });
});

test.skipIf(process.platform !== 'linux')('where there is none, the key goes into a file', async () => {
  const home = freshHome();
  const env = { QLARA_KEYCHAIN: '', DBUS_SESSION_BUS_ADDRESS: '', QLARA_BASE_URL: (await listening).url };
  const { code, stderr } = await run(['login'], { home, env, stdin: `${key}\n` });
  const file = join(home.config, 'credentials.json');
  expect([code, stderr]).toEqual([0, expect.stringContaining(file)]);
  expect(readFileSync(file, 'utf8')).toContain(key);
});
