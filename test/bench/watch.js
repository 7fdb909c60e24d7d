import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = new URL('../../bin/qlara.js', import.meta.url).pathname;
const messages = 1000;
/** Status sequence of every message, so that there is always something to repaint. */
const words = ['SENT', 'RECEIVED', 'DELIVERED'];

/**
 * Measures `status --watch` with many messages in a pseudo-terminal: requests, repaints per second, memory.
 */
export async function watch() {
  const batchSizes = [];
  const known = new Map();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () =>
      response.end(
        JSON.stringify(
          request.method === 'POST' ? acceptMessage(JSON.parse(text)) : respondToStatus(request.url),
        ),
      ),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

  function acceptMessage({ phoneNumber, customerMessageId }) {
    known.set(customerMessageId, 0);
    return {
      messageId: `msg_${customerMessageId}`,
      customerMessageId,
      simulation: false,
      results: [{ phoneNumber, accepted: true, channel: 'sms', statusCode: 200 }],
    };
  }
  function respondToStatus(url) {
    const ids = (/[?&](?:ids|customerMessageIds)=([^&]*)/.exec(url)?.[1] ?? url.split('/').at(-1)).split(',');
    batchSizes.push(ids.length);
    return ids.map((id) => {
      // A tenth of the messages advances per request.
      const step = known.get(id) + (Math.random() < 0.1 ? 1 : 0);
      known.set(id, Math.min(step, words.length - 1));
      return { customerMessageId: id, deliveryStatus: words[known.get(id)], channel: 'sms' };
    });
  }

  const home = mkdtempSync(join(tmpdir(), 'qlara-bench-'));
  const url = `http://127.0.0.1:${server.address().port}/api`;
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    QLARA_API_KEY: 'key',
    QLARA_BASE_URL: url,
  };
  const numbers = Array.from({ length: messages }, (_, i) => `+39390${1_000_000 + i}`).join(',');
  await new Promise((resolve) =>
    spawn(process.execPath, [program, 'send', 'sms', '-q', '-m', 'hi', '--to', numbers], {
      env,
      stdio: 'ignore',
    }).once('exit', resolve),
  );

  const memory = join(home, 'memory');
  const recorder = join(home, 'recorder.cjs');
  writeFileSync(
    recorder,
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(memory)}, String(process.resourceUsage().maxRSS)));`,
  );
  const line = `stty cols 100 rows 40; '${process.execPath}' --require '${recorder}' '${program}' status --watch --interval 100ms`;
  const begin = Date.now();
  const painted = [];
  const terminal = spawn('script', ['-qfec', line, '/dev/null'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Each repaint shows the count once.
  terminal.stdout.on('data', (chunk) => {
    for (const _ of String(chunk).matchAll(/of 1000 final/g)) painted.push(Date.now());
  });
  const code = await new Promise((resolve) => terminal.once('exit', resolve));
  const seconds = (Date.now() - begin) / 1000;
  server.close();
  const peak = Number(readFileSync(memory, 'utf8')) / 1024;
  rmSync(home, { recursive: true });

  const busiest = Math.max(
    ...painted.map((from) => painted.filter((at) => at >= from && at < from + 1000).length),
  );
  const polls = batchSizes.filter((ids) => ids > 0);
  return [
    `watching ${messages} messages until all are final (exit ${code})`,
    `took ${seconds.toFixed(1)} s, ${polls.length} status requests, ${(polls.reduce((sum, ids) => sum + ids, 0) / polls.length).toFixed(0)} ids in each on average`,
    `repaints in the busiest second: ${busiest} (at most 10)`,
    `peak memory: ${peak.toFixed(0)} MB (below 150)`,
  ].join('\n');
}
