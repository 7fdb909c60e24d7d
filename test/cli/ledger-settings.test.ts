import { describe, test } from 'vitest';
import { readSettings } from '../../src/cli/settings.ts';
import { invoke } from '../support/invoke.ts';
import { environment, freshHome, type Home, parseError, readAllBytes } from '../support/program.ts';
import { serve } from '../support/server.ts';

const url = 'postgres://ada@db.example/qlara';
const withPassword = 'postgres://ada:sesame-street@db.example/qlara';

/** Reads the settings of a run without flags. */
async function readLedger(home: Home, env: Record<string, string> = {}, sandbox = false) {
  const flags = { columns: [], quiet: false, verbose: false, input: true, sandbox, json: false };
  const all = await readSettings(flags as never, environment(home, env));
  return [all.ledgerUrl, all.ledgerWaitMs];
}

describe.concurrent('the database of the ledger', () => {
  test('comes from the environment, then from the profile; the sandbox has none', async ({ expect }) => {
    const [bare, home] = [freshHome(), freshHome({ ledger: url, ledgerWait: '0s' })];
    const env = { QLARA_LEDGER: withPassword };
    expect(await readLedger(bare)).toEqual([undefined, 60_000]);
    expect(await readLedger(bare, env)).toEqual([withPassword, 60_000]);
    expect(await readLedger(home)).toEqual([url, 0]);
    expect(await readLedger(home, env)).toEqual([withPassword, 0]);
    expect(await readLedger(home, { QLARA_LEDGER: '' })).toEqual([url, 0]);
    expect((await readLedger(home, env, true))[0]).toBeUndefined();
    expect((await readLedger(home, { ...env, QLARA_PROFILE: 'sandbox' }))[0]).toBeUndefined();
    expect((await readLedger(home, { QLARA_LEDGER: 'mysql://h' }, true))[0]).toBeUndefined();
  });

  test.for([withPassword, 'postgres://db.example/qlara?user=ada&password=sesame-street'])(
    'is not kept with its password: %s',
    async (given, { expect }) => {
      const home = freshHome({ from: 'ACME' });
      for (const json of [[], ['--json']]) {
        const result = await invoke(['profile', 'set', 'ledger', given, ...json], { home });
        expect(result.code).toBe(2);
        expect(result.stderr).toMatch(/~\/\.pgpass.*PGPASSWORD/);
        expect(result.stderr + result.stdout).not.toContain('sesame');
        if (json.length > 0) expect(parseError(result).code).toBe('ledger.password');
      }
      expect(readAllBytes(home)).not.toContain('sesame');
    },
  );

  test('is shown without its password', async ({ expect }) => {
    const home = freshHome();
    const env = { QLARA_LEDGER: withPassword, QLARA_API_KEY: 'any' };
    const result = await invoke(['whoami', '--json', '--verbose'], { home, env });
    expect(JSON.parse(result.stdout)).toMatchObject([{ ledger: url }]);
    expect(result.stderr + result.stdout).not.toContain('sesame');
    expect((await invoke(['profile', 'set', 'ledger', url], { home })).stderr).toContain(url);
    const own = await invoke(['whoami', '--json'], { home, env: { QLARA_API_KEY: 'any' } });
    expect(JSON.parse(own.stdout)).toMatchObject([{ ledger: url }]);
    const sandbox = await invoke(['whoami', '--json', '--sandbox'], { home, env });
    expect(JSON.parse(sandbox.stdout)).toMatchObject([{ ledger: null }]);
  });

  test('that was written into config.json with a password is refused, and shown without', async ({
    expect,
  }) => {
    const home = freshHome({ ledger: withPassword });
    const whoami = await invoke(['whoami', '--json'], { home });
    expect([whoami.code, parseError(whoami).code]).toEqual([3, 'ledger.password']);
    const shown = await invoke(['profile', 'show', '--json'], { home });
    expect(JSON.parse(shown.stdout)).toContainEqual({
      key: 'ledger',
      value: url,
      summary: expect.any(String),
    });
    expect(whoami.stderr + shown.stdout + shown.stderr).not.toContain('sesame');
  });

  test.for<[given: string, message: RegExp]>([
    ['mysql://db.example/qlara', /^QLARA_LEDGER: .*postgres/],
    ['postgres://ada:sesame-street@db.example:x/qlara', /^QLARA_LEDGER: .*port/],
    ['postgres://ada:sesame@street@db.example/qlara', /^QLARA_LEDGER: .*@/],
    ['postgres://db.example/qlara?sslmode=full', /^QLARA_LEDGER: .*sslmode/],
  ])('is checked before anything is sent: %s', async ([given, message], { expect }) => {
    const gateway = await serve();
    const env = { QLARA_LEDGER: given, QLARA_API_KEY: 'any', QLARA_BASE_URL: gateway.url };
    const result = await invoke(['send', 'sms', '-t', '+393901234567', '-m', 'hi', '--json'], { env });
    expect([result.code, parseError(result)]).toEqual([
      3,
      expect.objectContaining({ code: 'ledger.url', message: expect.stringMatching(message) }),
    ]);
    expect(result.stderr).not.toMatch(/sesame|street/);
    expect(gateway.seen).toEqual([]);
  });
});
