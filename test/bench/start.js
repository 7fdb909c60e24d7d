import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const program = new URL('../../bin/qlara.js', import.meta.url).pathname;
const bareSend = new URL('bare-send.cjs', import.meta.url).pathname;
const runs = 40;

/** A gateway that takes everything, on a thread of its own since the runs block this one. */
const gateway = `
  const { createServer } = require('node:http');
  const { parentPort } = require('node:worker_threads');
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => { text += chunk; });
    request.on('end', () => {
      const { phoneNumber, customerMessageId } = JSON.parse(text);
      const results = [{ phoneNumber, accepted: true, channel: 'sms', statusCode: 200 }];
      response.end(JSON.stringify({ messageId: 'msg_' + customerMessageId, customerMessageId, simulation: false, results }));
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/**
 * The environment it is run in, less what this program reads. It matters: where NODE_EXTRA_CA_CERTS is set, every
 * Node reads the certificates as it starts, the floor too, and all ratios are smaller.
 */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(QLARA|XDG|NODE_OPTIONS|NODE_V8)/.test(name)),
);

/** Start-up, as the time of whole processes: medians of interleaved runs, and their ratio to \`node -e 0\`. */
export async function start() {
  const worker = new Worker(gateway, { eval: true });
  const port = await new Promise((resolve) => worker.once('message', resolve));
  const home = mkdtempSync(join(tmpdir(), 'qlara-bench-'));
  const env = {
    ...inherited,
    HOME: home,
    QLARA_API_KEY: 'key',
    QLARA_BASE_URL: `http://127.0.0.1:${port}/api`,
  };
  const commands = [
    ['node -e 0', ['-e', '0'], 1],
    ['qlara --version', [program, '--version'], 1.15],
    ['qlara --help', [program, '--help'], 1.5],
    ['the durable work of a send alone', [bareSend], 3],
    [
      'qlara send sms, with its ledger',
      [program, 'send', 'sms', '--to', '+393901234567', '--message', 'hi'],
      3.6,
    ],
    ['completing a profile', [program, '__complete', 'profiles'], 1.8],
    ['completing an id', [program, '__complete', 'ids'], 1.8],
    ['completing a template', [program, '__complete', 'templates', '', '--sandbox'], 1.8],
  ];
  // What is completed has to be there.
  spawnSync(process.execPath, [program, 'templates', 'list', '--sandbox'], { env });
  const times = commands.map(() => []);
  for (let run = -2; run < runs; run++)
    for (const [index, [name, words]] of commands.entries()) {
      const begin = process.hrtime.bigint();
      const { status, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
      const took = Number(process.hrtime.bigint() - begin) / 1e6;
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
      if (run >= 0) times[index].push(took);
    }
  await worker.terminate();
  rmSync(home, { recursive: true });
  const floor = median(times[0]);
  const rows = commands.map(([name, , most], index) => {
    const time = median(times[index]);
    return `${name.padEnd(34)} ${time.toFixed(1).padStart(6)} ms   ${(time / floor).toFixed(2)}   at most ${most.toFixed(2)}`;
  });
  return [
    `start-up, medians of ${runs} interleaved runs, and ratios to the first (Node ${process.version}${process.env.NODE_EXTRA_CA_CERTS ? ', with NODE_EXTRA_CA_CERTS' : ''})`,
    ...rows,
    `one send: ${(median(times[4]) / median(times[3])).toFixed(2)} of its durable work alone (at most 1.6)`,
  ].join('\n');
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
