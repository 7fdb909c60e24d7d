import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commandLine } from '../../src/actions/wizard/command-line.ts';
import type { Settings } from '../../src/app/context.ts';
import { parse } from '../../src/cli/parse.ts';
import { resolve } from '../../src/cli/resolve.ts';
import { readFlags } from '../../src/input/flag.ts';
import { globalFlags, sendFlags } from '../../src/input/flags.ts';
import { openIo } from '../../src/output/io.ts';

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });

/** A text for each flag of a send: the test fails where a new flag has none. */
const samples: Record<keyof typeof sendFlags.fallback, fc.Arbitrary<readonly string[]>> = {
  to: list('+393901234567', '+393901234568'),
  message: word.map((text) => ['--message', text]),
  template: word.map((text) => ['--template', text]),
  country: one('--country', 'IT', 'GB'),
  from: one('--from', 'ACME', '12345'),
  variables: fc
    .array(word)
    .map((values) => values.flatMap((value, index) => ['--var', `v${index}=${value}`])),
  variablesFile: one('--vars-file', 'values.json'),
  id: one('--id', 'order-1'),
  dryRun: on('--dry-run'),
  simulation: on('--simulate'),
  wait: on('--wait'),
  watch: on('--watch'),
  timeout: one('--timeout', '90s', '2h', '1500ms', '1h30m'),
  overrideOptOut: one('--override-opt-out', 'a recall'),
  ignoreWindow: one('--ignore-window', "they're here"),
  force: one('--force', 'by law'),
  yes: on('--yes'),
  file: one('--file', 'rows of May.csv'),
  map: one('--map', 'to=Casa mia'),
  rate: one('--rate', '20/s', '1000/m', '7/m'),
  concurrency: one('--concurrency', '3'),
  name: one('--name', 'May & June'),
  skipInvalid: on('--skip-invalid'),
  allowDuplicates: on('--allow-duplicates'),
  templateCheck: on('--no-template-check'),
  fallback: on('--fallback'),
};

function one(flag: string, ...values: string[]): fc.Arbitrary<string[]> {
  return fc.constantFrom(...values).map((value) => [flag, value]);
}

function on(flag: string): fc.Arbitrary<string[]> {
  return fc.constant([flag]);
}

function list(...values: string[]): fc.Arbitrary<string[]> {
  return fc.subarray(values, { minLength: 1 }).map((some) => some.flatMap((value) => ['--to', value]));
}

const settings = { sandbox: true } as Settings;
const io = openIo(process, 'never');

/** Reads the flags of a line, as the program does. */
async function read(words: readonly string[]) {
  const { rest } = resolve(words);
  const { given } = parse(rest, { ...sendFlags.fallback, ...globalFlags }, undefined);
  return readFlags(sendFlags.fallback, given);
}

/** Splits a line as a POSIX shell does, for the quoting that the program uses. */
function split(line: string): string[] {
  return [...line.matchAll(/(?:\\'|'[^']*'|[^\s'])+/g)].map(([piece]) =>
    piece.replace(
      /'([^']*)'|\\(')/g,
      (_, quoted: string | undefined, escaped: string | undefined) => quoted ?? escaped ?? '',
    ),
  );
}

const given = fc
  .tuple(...Object.values(samples).map((sample) => fc.option(sample, { nil: [] as const, freq: 2 })))
  .map((parts) => parts.flat());

test('the printed command sends the same, whatever flags were given', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (words) => {
      const flags = await read(['send', ...words]);
      const line = commandLine({ channel: 'whatsapp', flags }, { settings, io });
      const again = await read(split(line).slice(1));
      // Under the same id nothing would be sent.
      expect(again).toEqual({ ...flags, id: undefined });
    }),
    { numRuns: 300 },
  );
});

test('every kind of send takes only flags of the list', () => {
  for (const flags of Object.values(sendFlags))
    for (const name of Object.keys(flags)) expect(sendFlags.fallback).toHaveProperty(name);
});
