import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTemplateCache } from '../../src/storage/template-cache.ts';
import {
  findList,
  readTemplateFile,
  type TemplateFacts,
  templatePath,
} from '../../src/storage/template-file.ts';
import { freshHome } from '../support/program.ts';

const createFacts = (id: string): TemplateFacts => ({
  id,
  name: `name of ${id}`,
  status: 'approved',
  placeholders: ['name'],
  presets: {},
});
const createList = (...ids: string[]) => ({
  at: 1_000,
  whole: true,
  problem: null,
  templates: ids.map(createFacts),
});
const minutes = 60_000;

const listIds = (folder: string) =>
  findList(readTemplateFile(templatePath(folder, 'shop')), 'rcs')?.templates.map(({ id }) => id);

test('caches a list for five minutes per gateway', () => {
  const { state } = freshHome();
  const cache = createTemplateCache(state, 'shop', 'https://a');
  cache.write('rcs', createList('one'));
  expect(cache.read('rcs', 1_000)).toEqual(createList('one'));
  expect(cache.read('rcs', 1_000 + 5 * minutes - 1)).toEqual(createList('one'));
  expect(cache.read('rcs', 1_000 + 5 * minutes)).toBeUndefined();
  // The clock was set back.
  expect(cache.read('rcs', 999)).toBeUndefined();
  expect(cache.read('whatsapp', 1_000)).toBeUndefined();
  expect(createTemplateCache(state, 'shop', 'https://b').read('rcs', 1_000)).toBeUndefined();
  expect(createTemplateCache(state, 'other', 'https://a').read('rcs', 1_000)).toBeUndefined();
});

test('caches a changed template and then no longer trusts the list', () => {
  const { state } = freshHome();
  const cache = createTemplateCache(state, 'shop', 'https://a');
  cache.write('rcs', createList('one', 'two'));
  cache.write('whatsapp', createList('one'));
  cache.change('rcs', 'three', createFacts('three'));
  expect(cache.read('rcs', 1_000)).toBeUndefined();
  expect(cache.read('whatsapp', 1_000)).toEqual(createList('one'));
  expect(listIds(state)).toEqual(['one', 'two', 'three']);
  cache.change('rcs', 'one', undefined);
  expect(listIds(state)).toEqual(['two', 'three']);
  cache.change('rcs', 'two', createFacts('two'));
  expect(listIds(state)).toEqual(['three', 'two']);
  cache.change('rcs', 'two', { ...createFacts('two'), name: '' });
  const list = findList(readTemplateFile(templatePath(state, 'shop')), 'rcs');
  expect(list?.templates.at(-1)).toEqual(createFacts('two'));
});

test.each([
  '',
  '{',
  'null',
  '7',
  '[]',
  '{"gateway":"https://a"}',
  '{"gateway":"https://a","channels":{"rcs":[]}}',
  '{"gateway":"https://a","channels":[]}',
  ...[
    '{"at":1000,"whole":true,"problem":{"toString":1},"templates":[]}',
    '{"at":1000,"whole":{"toString":1},"problem":null,"templates":[]}',
    ...[
      'null',
      '[]',
      '{"id":{"toString":1},"status":"approved","placeholders":[],"presets":{}}',
      '{"id":"one","status":{"toString":1},"placeholders":[],"presets":{}}',
      '{"id":"one","name":{"toString":1},"status":"approved","placeholders":[],"presets":{}}',
      '{"id":"one","status":"approved","placeholders":[{"toString":1}],"presets":{}}',
      '{"id":"one","status":"approved","placeholders":"x","presets":{}}',
      '{"id":"one","status":"approved","placeholders":[],"presets":{"a":{"toString":1}}}',
      '{"id":"one","status":"approved","placeholders":[],"presets":null}',
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    ].map((facts) => `{"at":1000,"whole":true,"problem":null,"templates":[${facts}]}`),
  ].map((list) => `{"gateway":"https://a","channels":{"rcs":${list}}}`),
])('treats a file with %j as empty and overwrites it', (text) => {
  const { state } = freshHome();
  mkdirSync(state);
  writeFileSync(templatePath(state, 'shop'), text);
  const cache = createTemplateCache(state, 'shop', 'https://a');
  expect(cache.read('rcs', 1_000)).toBeUndefined();
  cache.change('rcs', 'one', createFacts('one'));
  expect(listIds(state)).toEqual(['one']);
});

test('reads files of older versions', () => {
  const { state } = freshHome();
  mkdirSync(state);
  const { name: _, ...old } = createFacts('one');
  const file = { gateway: 'https://a', channels: { rcs: { ...createList(), templates: [old] } } };
  writeFileSync(join(state, 'templates-shop.json'), JSON.stringify(file));
  expect(createTemplateCache(state, 'shop', 'https://a').read('rcs', 1_000)?.templates).toEqual([old]);
});

test('disables the cache silently if the folder is not writable', () => {
  const { path } = freshHome();
  const file = join(path, 'file');
  writeFileSync(file, 'no folder');
  const cache = createTemplateCache(file, 'shop', 'https://a');
  cache.write('rcs', createList('one'));
  cache.change('rcs', 'one', undefined);
  expect(cache.read('rcs', 1_000)).toBeUndefined();
  expect(readFileSync(file, 'utf8')).toBe('no folder');
});
