import { createServer } from 'node:http';

/**
 * A minimal gateway in its own process that accepts every message: `node server.js DELAY`, with the response
 * time in milliseconds. Prints its port. `GET /stats` returns the number of messages since the last call, the
 * milliseconds from the first to the last, and the number of duplicates; `GET /stats?remember` keeps the set
 * of known messages. Knows the status of accepted messages.
 */
const delay = Number(process.argv[2] ?? 0);
let count = 0;
let first = 0;
let last = 0;
let doubled = 0;
let seen = new Set();

function respondToGet(url) {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (pathname !== '/stats') {
    const ids = (searchParams.get('ids') ?? searchParams.get('customerMessageIds'))?.split(',') ?? [
      pathname.split('/').at(-1),
    ];
    return ids
      .filter((id) => seen.has(id))
      .map((customerMessageId) => ({ customerMessageId, channel: 'sms', deliveryStatus: 'SENT' }));
  }
  const stats = { count, took: last - first, doubled };
  count = first = last = doubled = 0;
  if (!searchParams.has('remember')) seen = new Set();
  return stats;
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => {
    text += chunk;
  });
  request.on('end', () => {
    if (request.method === 'GET') return void response.end(JSON.stringify(respondToGet(request.url)));
    last = performance.now();
    if (count++ === 0) first = last;
    const { customerMessageId, phoneNumber } = JSON.parse(text);
    if (seen.has(customerMessageId)) doubled++;
    seen.add(customerMessageId);
    const answer = `{"messageId":"msg_${customerMessageId}","customerMessageId":"${customerMessageId}","simulation":false,"results":[{"phoneNumber":"${phoneNumber}","accepted":true,"channel":"sms","statusCode":200}]}`;
    const end = () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
      response.end(answer);
    };
    if (delay > 0) setTimeout(end, delay);
    else end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
