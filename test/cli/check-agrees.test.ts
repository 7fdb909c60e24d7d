import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, parseError, parseRows } from '../support/program.ts';

const ada = '+393901234567';
const landline = '+390612345678';

/** Returns the code of the first error that a check reports, or null. */
async function codeOfCheck(channel: string, args: readonly string[], home: Home) {
  const result = await invoke(['check', channel, ...args, '--sandbox', '--json'], { home });
  const rows = parseRows<{ verdict: string; code: string | null }>(result);
  const [first] = rows.filter(({ verdict }) => verdict === 'wrong');
  expect(result.code).toBe(first ? 2 : 0);
  return first?.code ?? null;
}

/** Returns the code of the error with which a send ends, or null. */
async function codeOfSend(channel: string, args: readonly string[], home: Home) {
  const result = await invoke(['send', channel, ...args, '--sandbox', '--json'], { home });
  const code = result.stderr.includes('"error"') ? parseError(result).code : null;
  expect(result.code).toBe(code === null ? 0 : 2);
  return code;
}

describe.concurrent('a send refuses what a check reports, with the same code', () => {
  test.for<[channel: string, args: string[], code: string | null]>([
    ['sms', ['-m', 'Hi'], null],
    ['sms', ['-m', 'Hi', '--to', landline], null],
    ['sms', ['-m', 'Hi', '--to', 'Mario'], 'phone.not-e164'],
    ['sms', ['-m', 'Hi', '--to', '+39390'], 'phone.invalid'],
    ['sms', ['-m', ' '], 'text.empty'],
    ['sms', ['-m', 'half \ud800'], 'text.not-unicode'],
    ['sms', ['-m', 'x'.repeat(40_000)], 'text.too-long'],
    ['sms', ['-m', 'Hi {name}'], 'placeholder.missing'],
    ['sms', ['-m', 'Hi {First Name}', '--var', 'first name=Ada'], null],
    ['sms', ['-m', 'Hi {name'], 'placeholder.malformed'],
    ['sms', ['-m', 'Hi', '--var', 'name=Ada'], 'placeholder.unknown'],
    ['sms', [], 'text.missing'],
    ['rcs', ['--template', 'template_123', '--var', 'name=Ada'], null],
    ['rcs', ['--template', 'template_order', '--var', '1=A'], 'template.unknown'],
    ['whatsapp', ['--template', 'template_order', '--var', '1=A'], 'placeholder.missing'],
    ['rcs', ['--template', 'template_123', '--var', 'name=A', '--var', 'x=y'], 'placeholder.unknown'],
    ['rcs', ['--template', 'template_x'], 'template.unknown'],
    ['rcs', ['--template', 'template_pending', '--var', 'name=A'], 'template.not-approved'],
    ['rcs', ['--template', 'template_rejected'], 'template.not-approved'],
    ['rcs', ['--template', 'template_x', '--no-template-check'], null],
    ['rcs', [], 'template.missing'],
    ['rcs', ['--template', 'template_123', '--var', 'name=a\nb'], null],
    ['whatsapp', ['--template', 'template_123', '--var', 'name=Ada'], null],
    ['whatsapp', ['--template', 'template_123', '--var', 'name=a\nb'], 'placeholder.invalid'],
    ['whatsapp', ['--template', 'template_123', '--var', 'name=a\tb'], 'placeholder.invalid'],
    ['whatsapp', ['--template', 'template_123', '--var', 'name=a     b'], 'placeholder.invalid'],
    ['whatsapp', ['--template', 'template_123', '--var', 'name=a    b'], null],
    ['whatsapp', ['--template', 'template_123', '--var', `name=${'x'.repeat(1_100)}`], 'template.too-long'],
    ['whatsapp', ['--template', 'template_123', '--var', 'name=A', '-m', 'Hi'], 'text.twice'],
    ['whatsapp', ['--template', 'template_123', '--var', 'name=A', '-m', 'Hi', '--fallback'], null],
    ['whatsapp', ['-m', 'Hi'], null],
    ['whatsapp', [], 'text.missing'],
    ['rcs', ['--template', 'template_123', '--var', 'NAME=A', '--var', 'Name=B'], 'placeholder.missing'],
    ['sms', ['-m', 'Hi', '--to', `${ada},${landline}`, '--id', 'order-1'], 'id.many'],
  ])('%s %j: %s', async ([channel, given, code], { expect }) => {
    const args = given.includes('--to') ? given : ['--to', ada, ...given];
    expect(await codeOfCheck(channel, args, freshHome())).toBe(code);
    const home = freshHome();
    expect(await codeOfSend(channel, [...args, '--dry-run'], home)).toBe(code);
    if (!args.includes('--no-template-check')) expect(await codeOfSend(channel, args, home)).toBe(code);
  });

  test.for<[args: string[], code: string | null]>([
    [['--template', 'template_123'], 'text.missing'],
    [['-m', 'Hi'], 'template.missing'],
    [['--template', 'template_123', '-m', 'Hi'], null],
    [['--template', 'template_x', '-m', 'Hi'], 'template.unknown'],
  ])('the chain %j: %s', async ([given, code], { expect }) => {
    const args = ['--fallback', '--to', ada, ...given];
    const home = freshHome();
    const checked = await invoke(['check', ...args, '--sandbox', '--json'], { home });
    const wrong = parseRows<{ verdict: string; code: string }>(checked).find(
      ({ verdict }) => verdict === 'wrong',
    );
    expect([checked.code, wrong?.code ?? null]).toEqual([code === null ? 0 : 2, code]);
    const sent = await invoke(['send', ...args, '--sandbox', '--json'], { home });
    expect(sent.code).toBe(code === null ? 0 : 2);
    if (code !== null) expect(parseError(sent).code).toBe(code);
  });

  test('about an id that was used before', async ({ expect }) => {
    const home = freshHome();
    const args = ['--to', ada, '-m', 'Hi', '--id', 'order-1'];
    expect(await codeOfSend('sms', args, home)).toBe(null);
    expect(await codeOfCheck('sms', args, home)).toBe(null);
    const other = ['--to', ada, '-m', 'Bye', '--id', 'order-1'];
    expect(await codeOfCheck('sms', other, home)).toBe('id.reused');
    expect(await codeOfSend('sms', other, home)).toBe('id.reused');
    const dry = await invoke(['send', 'sms', ...args, '--dry-run', '--sandbox'], { home });
    expect(dry.stderr).toContain('order-1 was sent before');
  });

  test('about people who opted out', async ({ expect }) => {
    const home = freshHome();
    await invoke(['optout', 'add', ada, '--sandbox'], { home });
    const args = ['--to', ada, '-m', 'Hi'];
    expect(await codeOfCheck('sms', args, home)).toBe('destination.opted-out');
    expect(await codeOfSend('sms', args, home)).toBe('destination.opted-out');
    const override = [...args, '--override-opt-out', 'a recall'];
    expect(await codeOfCheck('sms', override, home)).toBe(null);
    expect(await codeOfSend('sms', override, home)).toBe(null);
  });
});

describe.concurrent('a bulk sends the rows that a check does not report', () => {
  test.for<[name: string, channel: string, rows: string[], args: string[]]>([
    ['numbers', 'sms', ['to', ada, 'Mario', landline, '+39390'], ['-m', 'Hi']],
    ['columns', 'sms', ['to,Name', `${ada},Ada`, `${landline},`], ['-m', 'Hi {name}']],
    ['missing column', 'sms', ['to,name', `${ada},Ada`], ['-m', 'Hi {nome}']],
    ['texts', 'sms', ['to,message,x', `${ada},Hi {x},1`, `${landline},Hi {y},2`], []],
    ['braces', 'sms', ['to,message', `${ada},Hi {x`, `${landline},\\{x\\}`], []],
    [
      'senders and ids',
      'sms',
      ['to,from,id', `${ada},A B,1`, `${landline},ACME,a b`, `${landline},,a`],
      ['-m', 'a'],
    ],
    ['duplicates', 'sms', ['to', ada, ada, landline], ['-m', 'Hi']],
    ['duplicates that are allowed', 'sms', ['to', ada, ada], ['-m', 'Hi', '--allow-duplicates']],
    ['templates', 'rcs', ['to,template,name', `${ada},template_123,A`, `${landline},template_x,A`], []],
    ['templates of another channel', 'rcs', ['to,template,1,2', `${ada},template_order,A,B`], []],
    ['values', 'whatsapp', ['to,name', `${ada},Ada`, `${landline},"a\nb"`], ['--template', 'template_123']],
    ['values on RCS', 'rcs', ['to,name', `${landline},"a\nb"`], ['--template', 'template_123']],
    ['a template that is unknown', 'rcs', ['to', ada], ['--template', 'template_x']],
    [
      'values that are too long',
      'whatsapp',
      ['to,name', `${ada},Ada`, `${landline},${'x'.repeat(1_100)}`],
      ['--template', 'template_123'],
    ],
    [
      'columns that differ in case',
      'rcs',
      ['to,Name,NAME', `${ada},Ada,Eva`],
      ['--template', 'template_123'],
    ],
  ])('%s', async ([, channel, rows, args], { expect }) => {
    const home = freshHome();
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `${rows.join('\n')}\n`);
    const checked = await invoke(['check', channel, '--file', file, ...args, '--sandbox', '--json'], {
      home,
    });
    const found = parseRows<{ subject: string; detail: string; code: string | null }>(checked);
    const [, all = 0, invalid = 0, leftOut = 0] = (
      /^(\d+) rows?, (\d+) invalid(?:, (\d+) left out)?/.exec(found.at(-1)?.detail ?? '') ?? []
    ).map(Number);
    const line = ['send', channel, '--file', file, ...args, '--sandbox', '--json', '--yes', '--skip-invalid'];
    const sent = await invoke(line, { home });
    const count = sent.stdout === '' ? 0 : JSON.parse(sent.stdout).length;
    expect(count).toBe(all - invalid - (leftOut || 0));
    // Every row that is not sent has a finding of its own.
    if (invalid > 0)
      expect(found.some(({ subject, code }) => subject !== 'file' && code !== null)).toBe(true);
    expect(checked.code).toBe(invalid > 0 || count === 0 ? 2 : 0);
    expect(sent.code).toBe(count === 0 ? 2 : 0);
  });

  test('a file that was sent before, and one whose people all opted out', async ({ expect }) => {
    const home = freshHome();
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to,id\n${ada},order-1\n`);
    const send = ['send', 'sms', '--file', file, '-m', 'Hi', '--sandbox', '--yes'];
    const check = ['check', 'sms', '--file', file, '-m', 'Hi', '--sandbox', '--json'];
    expect((await invoke(send, { home })).code).toBe(0);
    expect((await invoke(check, { home })).code).toBe(0);
    expect((await invoke(send, { home })).code).toBe(0);
    await invoke(['optout', 'add', ada, '--sandbox'], { home });
    writeFileSync(file, `to\n${ada}\n`);
    const refused = await invoke([...send, '--json'], { home });
    const checked = await invoke(check, { home });
    expect([refused.code, parseError(refused).code]).toEqual([2, 'file.opted-out']);
    expect([checked.code, parseRows<{ code: string }>(checked).at(-1)?.code]).toEqual([2, 'file.opted-out']);
    // A dry run writes no file.
    await invoke([...send, '--dry-run'], { home });
    expect(readdirSync(home.path).filter((name) => name.includes('rejects'))).toHaveLength(1);
  });

  test('a landline is a warning in both, and is sent', async ({ expect }) => {
    const home = freshHome();
    const file = join(home.path, 'rows.csv');
    writeFileSync(file, `to\n${ada}\n${landline}\n`);
    const options = ['-m', 'Hi', '--sandbox'];
    const single = await invoke(['send', 'sms', '--to', landline, ...options], { home });
    expect([single.code, single.stderr]).toEqual([0, expect.stringContaining(`${landline} is a landline`)]);
    const bulk = await invoke(['send', 'sms', '--file', file, ...options, '--yes'], { home });
    expect([bulk.code, bulk.stderr]).toEqual([0, expect.stringContaining('warning    1 landline;')]);
    const checked = await invoke(['check', 'sms', '--file', file, ...options], { home });
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining(`${landline} is a landline`)]);
  });
});
