// The floor of one send: the same durable work and the same request, without a command line, checks or output.
const { request } = require('node:http');
const Database = require('libsql');

const db = new Database(`${process.env.HOME}/bare.db`);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec('CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, body TEXT, status TEXT)');
const customerMessageId = crypto.randomUUID();
const body = JSON.stringify({ phoneNumber: '+393901234567', message: 'hi', customerMessageId });
db.prepare('INSERT INTO messages VALUES (?, ?, ?)').run(customerMessageId, body, 'sending');
const headers = {
  'x-api-key': process.env.QLARA_API_KEY,
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(body),
};
const url = `${process.env.QLARA_BASE_URL}/message-server/sms/send`;
request(url, { method: 'POST', headers }, async (response) => {
  let text = '';
  for await (const chunk of response) text += chunk;
  JSON.parse(text);
  db.prepare('UPDATE messages SET status = ? WHERE id = ?').run('accepted', customerMessageId);
  db.close();
}).end(body);
