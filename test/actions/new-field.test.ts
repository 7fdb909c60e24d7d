import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import type { Delivery } from '../../src/message/delivery.ts';
import { environment, freshHome, type Home } from '../support/program.ts';

const root = join(import.meta.dirname, '../..');
const copy = mkdtempSync(join(tmpdir(), 'qlara-field-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Edits that add a message field with a flag: file, text, replacement. */
const edits: readonly (readonly [file: string, before: string, after: string])[] = [
  [
    'message/message.ts',
    '  readonly smsOnly?: boolean | null;\n}',
    '  readonly smsOnly?: boolean | null;\n  readonly label?: string | undefined;\n}',
  ],
  [
    'message/message.ts',
    "  simulation: { scope: 'bulk' },",
    "  simulation: { scope: 'bulk' },\n  label: { scope: 'bulk' },",
  ],
  [
    'input/flags.ts',
    'const sharedSendFlags = {',
    "export const label = optional(text('LABEL'), { flag: 'label', summary: 'a label', group: 'Message' });\nconst sharedSendFlags = {\n  label,",
  ],
  [
    'gateway/partner/send.ts',
    '      customerMessageId: id,',
    '      ...(message.label !== undefined && { label: message.label }),\n      customerMessageId: id,',
  ],
];

function qlara(home: Home, ...args: string[]): string {
  const env = environment(home);
  try {
    return execFileSync(process.execPath, [join(copy, 'bin/qlara.js'), ...args, '--sandbox'], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (cause) {
    // A failed message makes the command exit with 1.
    if ((cause as { status?: number }).status === 1) return String((cause as { stdout: string }).stdout);
    throw cause;
  }
}

async function readDeliveries(home: Home): Promise<Delivery[]> {
  const ledger = await openLedger(join(home.state, 'sandbox.db'));
  const deliveries = await ledger.list({});
  ledger.close();
  return deliveries;
}

const getLabels = (deliveries: readonly Delivery[]) =>
  new Set(deliveries.map(({ plan }) => (plan.message as { label?: string }).label));

beforeAll(() => {
  for (const name of ['src', 'bin', 'package.json', 'rolldown.config.ts', 'tsconfig.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const [file, before, after] of edits) {
    const path = join(copy, 'src', file);
    const source = readFileSync(path, 'utf8');
    expect(source.split(before).length, `${file} holds once: ${before}`).toBe(2);
    writeFileSync(
      path,
      source.replace(before, () => after),
    );
  }
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/rolldown/bin/cli.mjs'), '--config', 'rolldown.config.ts'],
    {
      cwd: copy,
      stdio: 'ignore',
    },
  );
}, 60_000);

test('keeps a new field through import, storage, resume and retry', async () => {
  const home = freshHome();
  const rows = join(home.path, 'rows.csv');
  writeFileSync(rows, 'to\n+393901230003\n+393901230005\n');
  const send = ['send', 'sms', '--file', rows, '-m', 'hi', '--yes', '--json', '--label'];
  // One message fails for good and can be retried.
  qlara(home, ...send, 'spring', '--wait');
  expect(getLabels(await readDeliveries(home))).toEqual(new Set(['spring']));
  // The same rows with another label are another bulk; with the same label, the same bulk.
  qlara(home, ...send, 'spring');
  expect(JSON.parse(qlara(home, 'bulk', 'list', '--json'))).toHaveLength(1);
  qlara(home, ...send, 'summer');
  const bulks = JSON.parse(qlara(home, 'bulk', 'list', '--json')) as { id: string }[];
  expect(bulks).toHaveLength(2);
  qlara(home, 'bulk', 'retry', bulks[1]?.id ?? '', '--yes', '--json');
  const retried = JSON.parse(qlara(home, 'bulk', 'list', '--json')) as { id: string; rows: number }[];
  expect(retried).toHaveLength(3);
  const ofRetry = (await readDeliveries(home)).filter(({ bulk }) => bulk === retried[0]?.id);
  expect([ofRetry.length, getLabels(ofRetry)]).toEqual([1, new Set(['spring'])]);
});

test('resumes a bulk with the field', async () => {
  const home = freshHome();
  const ledgerPath = join(home.state, 'sandbox.db');
  const rows = join(home.path, 'rows.csv');
  writeFileSync(rows, `to\n${Array.from({ length: 30 }, (_, n) => `+39390123${1100 + n}`).join('\n')}\n`);
  // Killed after the import, before all rows are sent.
  const commandLine = [
    'send',
    'sms',
    '--file',
    rows,
    '-m',
    'hi',
    '--yes',
    '--label',
    'autumn',
    '--rate',
    '10/s',
    '--sandbox',
  ];
  expect(() =>
    execFileSync(process.execPath, [join(copy, 'bin/qlara.js'), ...commandLine], {
      env: environment(home),
      stdio: 'ignore',
      timeout: 1_500,
      killSignal: 'SIGKILL',
    }),
  ).toThrow();
  const ledger = await openLedger(ledgerPath);
  const [bulk] = await ledger.bulks.list();
  const run = await ledger.bulks.take(bulk?.id ?? '', 'route', 1);
  const { claimed } = await run.commitAndClaim([], 100, 2);
  expect(claimed.length).toBeGreaterThan(0);
  expect(getLabels(claimed.map(({ delivery }) => delivery))).toEqual(new Set(['autumn']));
  ledger.close();
});

test('includes the field in the request', () => {
  const send = ['send', 'sms', '--to', '+393901234567', '-m', 'hi', '--dry-run', '--json'];
  expect(qlara(freshHome(), ...send, '--label', 'spring')).toContain('"label": "spring"');
});

test('includes the field in the printed command', async () => {
  const module = pathToFileURL(join(copy, 'src/actions/command-line.ts')).href;
  const { commandLine } = (await import(/* @vite-ignore */ module)) as {
    commandLine(draft: unknown, context: unknown): string;
  };
  const flags = { to: ['+393901234567'], message: ['hi'], variables: [], label: 'spring' };
  const context = { settings: { onLine: { sandbox: true } } };
  expect(commandLine({ channel: 'sms', flags }, context)).toBe(
    'qlara send sms --to +393901234567 --message hi --label spring --sandbox',
  );
});
