import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '../../../src/ledger/sqlite/open.ts';
import { bulkRows, bulkSpec, message } from '../../support/messages.ts';
import { startPostgres } from '../../support/postgres.ts';

const rows = 1_000_000;
const rowsPerCall = 2_000;

/** Copies a ledger of a million rows by the built program; returns its speed and peak of memory. */
export async function measureCopy(program: string): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'qlara-bench-copy-'));
  const server = await startPostgres();
  try {
    await fill(home);
    const report = join(home, 'report');
    const recorder = join(home, 'recorder.cjs');
    writeFileSync(
      recorder,
      `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS)));`,
    );
    const env = { PATH: process.env.PATH, HOME: home, QLARA_STATE_DIR: home, QLARA_CONFIG_DIR: home };
    const begin = performance.now();
    const child = spawn(process.execPath, ['--require', recorder, program, 'ledger', 'copy', server.url()], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`exit ${code}`);
    const seconds = (performance.now() - begin) / 1_000;
    const peak = Number(readFileSync(report, 'utf8')) / 1_024;
    return `${rows} rows copied to PostgreSQL and compared in ${seconds.toFixed(1)} s (below 30), ${peak.toFixed(0)} MB peak (below 200)`;
  } finally {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function fill(home: string): Promise<void> {
  mkdirSync(home, { recursive: true });
  const ledger = await openLedger(join(home, 'default.db'), { durability: 'off' });
  const { id } = bulkSpec();
  await ledger.bulks.begin(bulkSpec());
  for (let first = 0; first < rows; first += rowsPerCall)
    await ledger.bulks.add(
      id,
      bulkRows(rowsPerCall, (index) => ({
        message: { ...message, text: `Ciao Mario, your order ${first + index} is ready` },
      })),
    );
  await ledger.bulks.seal(id, 'bench');
  await ledger.close();
}
