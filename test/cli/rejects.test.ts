import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome } from '../support/program.ts';
import { serve } from '../support/server.ts';

const texts = ['=1+1', '+cmd|x', '-2+3', '@SUM(A1)', "'=1", '＝1', '+393901234567', '-5', 'Ciao'];

test('escapes formulas in a file of rejects and restores them when it is sent', async () => {
  const home = freshHome();
  const server = await serve();
  const env = { QLARA_API_KEY: 'any', QLARA_BASE_URL: server.url };
  const file = join(home.path, 'rows.csv');
  const rows = texts.map((text, nth) => `+39 39012 x${nth},${text},Hi`);
  writeFileSync(file, ['to,note,=who', ...rows, '+393901234560,Ada,Hello', ''].join('\n'));
  const first = await invoke(['send', 'sms', '--file', file, '-m', '{note}', '--yes', '--skip-invalid'], {
    home,
    env,
  });
  expect([first.code, server.posts().map(({ body }) => body.message)]).toEqual([0, ['Ada']]);

  const path = join(home.path, 'rows.rejects.csv');
  const rejects = readFileSync(path, 'utf8');
  const [header, ...lines] = rejects.trimEnd().split('\r\n');
  expect(header).toBe("line,reason,to,note,'=who");
  expect(lines.map((line) => line.split(',').slice(-2)[0])).toEqual([
    ...["'=1+1", "'+cmd|x", "'-2+3", "'@SUM(A1)", "''=1", "'＝1", '+393901234567', '-5', 'Ciao'],
  ]);
  // No cell starts a formula, including the reason and the invalid number.
  expect(rejects).not.toMatch(/(?:^|,)"?(?:[=@＝]|[+-](?!\d+,))/m);

  writeFileSync(path, rejects.replace(/'\+39 39012 x(\d)/g, "'+39390123457$1"));
  const second = await invoke(['send', 'sms', '--file', path, '-m', '{note}', '--yes'], { home, env });
  expect([second.code, second.stderr]).toEqual([0, expect.any(String)]);
  const sent = server.posts().slice(1);
  expect(new Set(sent.map(({ body }) => body.message))).toEqual(new Set(texts));
  expect(sent.map(({ body }) => body.phoneNumber)).toContain('+393901234570');
});
