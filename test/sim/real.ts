import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../support/random.ts';
import { benign, type Faults, ShadowGateway } from './gateway.ts';
import { serveShadow } from './serve.ts';

/** Result of killing real processes. */
export interface RealResult {
  kills: number;
  messages: number;
  lost: number;
  doubled: number;
}

const rows = 400;
const graceMs = 400;

const faults: Faults = {
  limited: 0.1,
  refused: 0,
  broken: 0.08,
  failing: 0.06,
  acceptedAnyway: 0.5,
  late: 0,
  statusFailing: 0.1,
  statusOdd: 0.1,
};

/**
 * Runs the built program to send bulks to a shadow gateway over HTTP, and kills it with SIGKILL at random
 * times, sometimes after a suspension, until `kills` processes were killed.
 */
export async function killForReal(seed: number, kills: number): Promise<RealResult> {
  const result: RealResult = { kills: 0, messages: 0, lost: 0, doubled: 0 };
  for (let round = 0; result.kills < kills; round++) {
    const random = seededRandom(seed * 7_919 + round);
    const maxKills = Math.min(kills - result.kills, 10);
    const gateway = new ShadowGateway('all', faults, graceMs / 2, random, () => performance.now());
    const { url, close } = await serveShadow(gateway, 50);
    const home = mkdtempSync(join(tmpdir(), 'qlara-sim-'));
    try {
      await sendWithKills(home, url, gateway, random, maxKills);
    } finally {
      close();
      rmSync(home, { recursive: true, force: true });
    }
    const counts = new Map<string, number>();
    for (const { to } of gateway.accepted) counts.set(to, (counts.get(to) ?? 0) + 1);
    result.kills += maxKills;
    result.messages += rows;
    result.lost += rows - counts.size;
    result.doubled += [...counts.values()].filter((count) => count > 1).length;
  }
  return result;
}

async function sendWithKills(
  home: string,
  url: string,
  gateway: ShadowGateway,
  random: () => number,
  kills: number,
): Promise<void> {
  const config = join(home, 'config');
  mkdirSync(config);
  writeFileSync(
    join(config, 'config.json'),
    JSON.stringify({ profiles: { default: { grace: `${graceMs}ms` } } }),
  );
  const file = join(home, 'rows.csv');
  const numbers = Array.from({ length: rows }, (_, n) => `+39347${1_000_000 + n}`);
  writeFileSync(file, `to\n${numbers.join('\n')}\n`);
  const args = ['send', 'sms', '--file', file, '-m', 'hi', '--yes', '--quiet', '--rate', '300/s'];
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    QLARA_STATE_DIR: join(home, 'state'),
    QLARA_CONFIG_DIR: config,
    QLARA_API_KEY: 'key',
    QLARA_BASE_URL: url,
    QLARA_KEYCHAIN: 'off',
  };
  const run = (killAfterMs: number | undefined, words = args): Promise<number | null> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, ['bin/qlara.js', ...words], { env, stdio: 'ignore' });
      const timers: NodeJS.Timeout[] = [];
      if (killAfterMs !== undefined) {
        if (random() < 0.2) timers.push(setTimeout(() => child.kill('SIGSTOP'), killAfterMs * random()));
        timers.push(setTimeout(() => child.kill('SIGKILL'), killAfterMs));
      }
      child.on('exit', (code) => {
        for (const timer of timers) clearTimeout(timer);
        resolve(code);
      });
    });
  for (let kill = 0; kill < kills; kill++)
    await Promise.all([
      run(100 + random() * 900),
      // A helper, which may live longer than the sender.
      ...(random() < 0.5 ? [run(200 + random() * 1_800, ['bulk', 'work', '--follow', '--quiet'])] : []),
    ]);
  gateway.faults = benign;
  for (let tries = 0; (await run(undefined)) !== 0; tries++)
    if (tries === 5) throw new Error('the bulk does not come to an end');
}
