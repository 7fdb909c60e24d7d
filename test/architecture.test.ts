import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { expect, test } from 'vitest';
import { dialectNames } from '../src/gateway/dialects.ts';

const root = new URL('../src', import.meta.url).pathname;

/** Folders and files of `src`, from the top layer down; those of one layer do not import each other. */
const layers = [
  ['main'],
  ['program'],
  ['run'],
  ['context'],
  ['cli'],
  ['commands'],
  ['actions'],
  ['views'],
  ['app'],
  ['services'],
  ['input'],
  ['output', 'gateway', 'ledger', 'config', 'sandbox'],
  ['storage'],
  ['message'],
  ['errors'],
];

/** The only file that may import each library. */
const libraryOwners: Record<string, string> = {
  commander: 'cli/parse.ts',
  chalk: 'output/style.ts',
  'cli-table3': 'output/formats/table.ts',
  'log-update': 'output/live.ts',
  'string-width': 'output/width.ts',
  ora: 'output/spinner.ts',
  undici: 'gateway/http/undici-transport.ts',
  conf: 'config/profiles.ts',
  '@napi-rs/keyring': 'config/keychain.ts',
  '@inquirer/prompts': 'input/prompt.ts',
  libsql: 'storage/engine.ts',
  'libphonenumber-js/max': 'message/phone.ts',
  'libphonenumber-js/examples.mobile.json': 'message/phone-text.ts',
  uuid: 'context.ts',
  postgres: 'ledger/postgres/client.ts',
  yaml: 'input/document.ts',
  'csv-parse': 'input/rows/open.ts',
};

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.d.ts'),
);

const imports = files.flatMap((file): Import[] => {
  const source = readFileSync(join(root, file), 'utf8');
  const found = [
    ...source.matchAll(/^(?:import|export)\s+(type\s+)?[^'"`;]*?from '([^']+)';/gm),
    ...source.matchAll(/()import\('([^']+)'\)/g),
  ];
  return found.map(([, type, to = '']) => ({
    from: file.split(sep).join('/'),
    to: to.startsWith('.') ? relative(root, join(root, file, '..', to)) : to,
    typeOnly: Boolean(type),
  }));
});

const inner = imports.filter(({ to }) => to.endsWith('.ts') && !to.startsWith('.'));
const getFolder = (file: string) => file.split('/')[0]?.replace(/\.ts$/, '') ?? '';
const getLayer = (file: string) => layers.findIndex((folders) => folders.includes(getFolder(file)));

test('every file is in a known layer', () => {
  expect(files.filter((file) => getLayer(file) < 0)).toEqual([]);
  expect(inner.length).toBeGreaterThan(100);
});

test('imports go down, and folders of one layer do not import each other', () => {
  const wrong = inner.filter(
    ({ from, to }) => getFolder(from) !== getFolder(to) && getLayer(to) <= getLayer(from),
  );
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test('there are no circular imports, types included', () => {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]) => {
    const before = path.indexOf(file);
    if (before >= 0) cycles.push([...path.slice(before), file].join(' -> '));
    if (before >= 0 || done.has(file)) return;
    for (const { from, to } of inner) if (from === file) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test('no command imports another', () => {
  const wrong = inner.filter(
    ({ from, to }) => getFolder(from) === 'commands' && getFolder(to) === 'commands',
  );
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test('the domain names no flag and no command', () => {
  const wrong = files.filter(
    (file) =>
      getFolder(file) === 'message' &&
      /(?<![\w-])--[a-z]|\bqlara [a-z]/.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(wrong).toEqual([]);
});

/** Folders whose files write and read the vendor's bodies. */
const dialectFolders = [...dialectNames, 'vendor'].join('|');
const bodyFolders = new RegExp(`^(?:gateway/(?:${dialectFolders})|sandbox)/`);

/** Field names of the vendor's bodies that are no words of ours or of Node. */
const vendorFields = [
  'phoneNumber',
  'customerMessageId',
  'customerMessageIds',
  'senderName',
  'templateId',
  'callbackUrl',
  'deliveryStatus',
  'deliveryStatusDescription',
  'statusDescription',
  'eventType',
  'eventDate',
  'receivedDate',
  'scheduledDate',
  'sendDate',
  'deliveryDate',
  'campaignId',
  'fallbackRcs',
  'maxSmsParts',
  'skipRcsOverride',
  'enableNotification',
  'numPart',
  'totalParts',
  'messageType',
  'mediaKey',
  'originator',
  'chatId',
  'conversationId',
];

/** Files with words of ours that are the same: fields of a template file, and a column. */
const namedAlike = ['message/template-schema.ts', 'commands/numbers.ts'];

test('only dialects and the sandbox know fields of bodies', () => {
  // A word of ours may be the same, such as that of a function: only names of properties count.
  const names = vendorFields.join('|');
  const property = new RegExp(`\\.(?:${names})\\b|(?<!const )\\b(?:${names})\\??:|['"\`](?:${names})['"\`]`);
  const wrong = files.filter((file) => {
    const source = readFileSync(join(root, file), 'utf8').replace(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, '');
    return !bodyFolders.test(file) && !namedAlike.includes(file) && property.test(source);
  });
  expect(wrong).toEqual([]);
  const known = files.filter((file) => bodyFolders.test(file));
  expect(
    known.filter((file) => property.test(readFileSync(join(root, file), 'utf8'))).length,
  ).toBeGreaterThan(5);
});

test('only the list of dialects names their folders', () => {
  const dialectFolder = new RegExp(`^gateway/(?:${dialectFolders})/`);
  const wrong = inner.filter(
    ({ from, to }) => dialectFolder.test(to) && !dialectFolder.test(from) && from !== 'gateway/dialects.ts',
  );
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test('each library is imported in one file', () => {
  const foreign = imports.filter(({ to }) => !to.endsWith('.ts') && !to.startsWith('node:'));
  const wrong = foreign.filter(({ from, to }) => libraryOwners[to] !== from);
  expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  expect(new Set(foreign.map(({ to }) => to))).toEqual(new Set(Object.keys(libraryOwners)));
});

test('exported type names are unique', () => {
  const names = files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    const declared = source.matchAll(/^export (?:abstract )?(?:interface|type|class) (\w+)/gm);
    return [...declared].map(([, name = '']) => name);
  });
  expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
});

test('no cast goes through unknown', () => {
  const wrong = files.filter((file) => / as unknown as /.test(readFileSync(join(root, file), 'utf8')));
  expect(wrong).toEqual([]);
});

test('only program.ts prints or exits', () => {
  const wrong = files.filter(
    (file) =>
      file !== 'program.ts' &&
      /\bconsole\.|process\.exit\(|process\.exitCode/.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(wrong).toEqual([]);
});
