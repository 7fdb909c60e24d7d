import { readFileSync } from 'node:fs';
import { Pool } from 'undici';

/**
 * Baseline: `node bare.js PORT FILE CONNECTIONS` posts each line of a file through undici's pool and reads
 * the responses, without any bookkeeping.
 */
const [port, file, connections] = process.argv.slice(2);
const bodies = readFileSync(file, 'utf8').trimEnd().split('\n');
const pool = new Pool(`http://127.0.0.1:${port}`, { connections: Number(connections), pipelining: 1 });
const headers = { 'x-api-key': 'key', accept: 'application/json', 'content-type': 'application/json' };
let next = 0;
await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    while (next < bodies.length) {
      const body = bodies[next++];
      const answer = await pool.request({
        path: '/api/message-server/sms/send',
        method: 'POST',
        headers,
        body,
      });
      await answer.body.text();
    }
  }),
);
await pool.close();
