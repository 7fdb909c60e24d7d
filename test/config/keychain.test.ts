import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freshHome, type RunResult, readAllBytes, run, shell } from '../support/program.ts';
import { json, serve } from '../support/server.ts';

const key = 'ak_live_0123456789abcdef';
const gateway = serve({ get: json(200, { credit: 7 }) });

/** Whether a keychain is available. CI must have one; elsewhere these tests are skipped. */
const hasKeychain = hasKeyring();

function hasKeyring(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    execFileSync('bash', ['-c', 'type dbus-run-session gnome-keyring-daemon'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env.CI) throw new Error('the tests of the keychain need dbus and gnome-keyring');
    return false;
  }
}

describe.skipIf(!hasKeychain)('with a system keychain', () => {
  /** Runs shell lines, in which `qlara` is the program, with a keychain of their own. */
  async function runWithKeychain(lines: string): Promise<RunResult & { home: string }> {
    const home = freshHome();
    const env = { QLARA_KEYCHAIN: '', QLARA_BASE_URL: (await gateway).url };
    const unlock = 'echo -n pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1';
    const result = await shell(
      `export -f qlara; export LINES_TO_RUN='${lines.replaceAll("'", "'\\''")}'
       dbus-run-session -- bash -c '${unlock}; eval "$LINES_TO_RUN"'`,
      { home, env },
    );
    return { ...result, home: home.path };
  }

  test('stores the key in no file, uses it, and removes it on logout', async () => {
    const { stdout, stderr, home } = await runWithKeychain(
      `echo ${key} | qlara login; cat "$QLARA_CONFIG_DIR/credentials.json"; qlara whoami --json;
       qlara credit --json; qlara logout; qlara whoami --json`,
    );
    expect(stderr).toContain('the key is stored in the system keychain');
    expect(stdout).toContain('{\n  "default": {}\n}\n');
    expect(stdout).toContain('"source": "keychain"');
    expect(stdout).toContain('"key": "ak_l****ef"');
    expect(stdout).toContain('"credit": 7');
    expect(stdout).toContain('"source": null');
    const outside = readAllBytes({ path: join(home, 'config'), state: '', config: '' });
    expect(outside).not.toContain(key);
    expect((await gateway).seen.at(-1)?.headers['x-api-key']).toBe(key);
  });

  test('moves a key from the file to the keychain', async () => {
    const { stdout } = await runWithKeychain(
      `echo ${key} | QLARA_KEYCHAIN=off qlara login; grep -c ${key} "$QLARA_CONFIG_DIR/credentials.json"
       echo ${key} | qlara login; grep -c ${key} "$QLARA_CONFIG_DIR/credentials.json"`,
    );
    expect(stdout).toBe('1\n0\n');
  });

  test('suggests how to continue when the key is gone', async () => {
    const { stderr } = await runWithKeychain(
      `echo ${key} | qlara login -q; DBUS_SESSION_BUS_ADDRESS= qlara credit; echo "exit $?" >&2`,
    );
    expect(stderr).toMatch(
      /error: cannot read the key of profile default from the keychain: .*\nhint: run `qlara login`.*\nexit 3/,
    );
  });
});

test.skipIf(process.platform !== 'linux')('stores the key in a file without a keychain', async () => {
  const home = freshHome();
  const env = { QLARA_KEYCHAIN: '', DBUS_SESSION_BUS_ADDRESS: '', QLARA_BASE_URL: (await gateway).url };
  const { code, stderr } = await run(['login'], { home, env, stdin: `${key}\n` });
  const file = join(home.config, 'credentials.json');
  expect([code, stderr]).toEqual([0, expect.stringContaining(file)]);
  expect(readFileSync(file, 'utf8')).toContain(key);
});
