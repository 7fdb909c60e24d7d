import { describe, expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { only, parseRows } from '../support/program.ts';

const runCheck = async (...args: string[]) => {
  const result = await invoke(['check', '--json', ...args]);
  return { code: result.code, rows: parseRows<Record<string, unknown>>(result) };
};

describe.concurrent('check sends nothing and reports problems', () => {
  test.for([
    ['text', ['-m', 'Hello'], 0, { verdict: 'ok', encoding: 'gsm7', parts: 1, left: 155 }],
    [
      'text that forces UCS-2',
      ['-m', 'It’s ready'],
      0,
      { verdict: 'costly', encoding: 'ucs2', parts: 1, left: 60 },
    ],
    ['empty text', ['-m', ' '], 2, { verdict: 'wrong', detail: 'the message is empty' }],
    ['mobile number', ['--to', '+393901234567'], 0, { verdict: 'ok', subject: 'number' }],
    [
      'a landline',
      ['--to', '+390612345678'],
      0,
      { verdict: 'warning', detail: '+390612345678 is a landline' },
    ],
    ['invalid number', ['--to', 'Mario'], 2, { verdict: 'wrong', detail: '"Mario" is not a phone number' }],
    [
      'a template',
      ['--template', 'template_order', '--var', '1=a', '--var', '2=b', '--sandbox'],
      0,
      { verdict: 'ok' },
    ],
    [
      'template without a variable',
      ['--template', 'template_order', '--var', '1=a', '--sandbox'],
      2,
      { detail: 'template template_order has no value for {2}', code: 'placeholder.missing' },
    ],
    [
      'unknown variable',
      [
        '--template',
        'template_card',
        '--var',
        'name=a',
        '--var',
        'discount=5',
        '--var',
        'nme=b',
        '--sandbox',
      ],
      2,
      { detail: 'template template_card has no placeholder {nme}', code: 'placeholder.unknown' },
    ],
    [
      'unknown template',
      ['--template', 'template_x', '--sandbox'],
      2,
      { verdict: 'wrong', subject: 'template' },
    ],
    ['national number', ['--to', '3901234567', '--country', 'IT'], 0, { verdict: 'ok' }],
  ] as const)('%s', async ([, args, code, row], { expect }) => {
    const { code: exitCode, rows } = await runCheck(...args);
    expect(exitCode).toBe(code);
    expect(only(rows)).toMatchObject(row);
  });

  test('reports all problems, not only the first', async ({ expect }) => {
    const { code, rows } = await runCheck('-m', '–'.repeat(80), '--to', '1,+390612345678,+393901234567');
    expect([code, rows.map(({ verdict }) => verdict)]).toEqual([2, ['costly', 'wrong', 'warning', 'ok']]);
    expect(rows[0]?.hint).toBe('write - for –: 1 part instead of 2');
  });
});

describe.concurrent('the channel guide', () => {
  test('compares the channels', async ({ expect }) => {
    const rows = parseRows(await invoke(['channels', '--json', '--columns', 'channel,reach,cost']));
    expect(rows).toEqual([
      { channel: 'sms', reach: 100, cost: 'lowest' },
      { channel: 'rcs', reach: 70, cost: 'medium' },
      { channel: 'whatsapp', reach: 60, cost: 'highest' },
    ]);
  });

  test('recommends channels', async ({ expect }) => {
    expect(only(parseRows(await invoke(['channels', 'advise', '--reach', '--json'])))).toMatchObject({
      channel: 'chain',
    });
    expect((await invoke(['channels', 'advice'])).stderr).toContain('did you mean `qlara channels advise`?');
  });
});

test('fails without anything to check', async () => {
  expect((await invoke(['check'])).code).toBe(2);
});
