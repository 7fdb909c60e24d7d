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

const facts = (id: string): TemplateFacts => ({
  id,
  name: `name of ${id}`,
  status: 'approved',
  placeholders: ['name'],
  presets: {},
});
const listOf = (...ids: string[]) => ({ at: 1_000, whole: true, problem: null, templates: ids.map(facts) });
const minutes = 60_000;

const idsIn = (folder: string) =>
  findList(readTemplateFile(templatePath(folder, 'shop')), 'rcs')?.templates.map(({ id }) => id);

test('a list is remembered for five minutes, for the same gateway', () => {
  const { state } = freshHome();
  const cache = createTemplateCache(state, 'shop', 'https://a');
  cache.write('rcs', listOf('one'));
  expect(cache.read('rcs', 1_000)).toEqual(listOf('one'));
  expect(cache.read('rcs', 1_000 + 5 * minutes - 1)).toEqual(listOf('one'));
  expect(cache.read('rcs', 1_000 + 5 * minutes)).toBeUndefined();
  // A clock that was set back.
  expect(cache.read('rcs', 999)).toBeUndefined();
  expect(cache.read('whatsapp', 1_000)).toBeUndefined();
  expect(createTemplateCache(state, 'shop', 'https://b').read('rcs', 1_000)).toBeUndefined();
  expect(createTemplateCache(state, 'other', 'https://a').read('rcs', 1_000)).toBeUndefined();
});

test('a changed template is remembered, and the list is no longer trusted', () => {
  const { state } = freshHome();
  const cache = createTemplateCache(state, 'shop', 'https://a');
  cache.write('rcs', listOf('one', 'two'));
  cache.write('whatsapp', listOf('one'));
  cache.change('rcs', 'three', facts('three'));
  expect(cache.read('rcs', 1_000)).toBeUndefined();
  expect(cache.read('whatsapp', 1_000)).toEqual(listOf('one'));
  expect(idsIn(state)).toEqual(['one', 'two', 'three']);
  cache.change('rcs', 'one', undefined);
  expect(idsIn(state)).toEqual(['two', 'three']);
  cache.change('rcs', 'two', facts('two'));
  expect(idsIn(state)).toEqual(['three', 'two']);
  cache.change('rcs', 'two', { ...facts('two'), name: '' });
  const list = findList(readTemplateFile(templatePath(state, 'shop')), 'rcs');
  expect(list?.templates.at(-1)).toEqual(facts('two'));
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
])('a file with %j in it counts as empty, and is written anew', (text) => {
  const { state } = freshHome();
  mkdirSync(state);
  writeFileSync(templatePath(state, 'shop'), text);
  const cache = createTemplateCache(state, 'shop', 'https://a');
  expect(cache.read('rcs', 1_000)).toBeUndefined();
  cache.change('rcs', 'one', facts('one'));
  expect(idsIn(state)).toEqual(['one']);
});

test('files of older versions are read', () => {
  const { state } = freshHome();
  mkdirSync(state);
  const { name: _, ...old } = facts('one');
  const file = { gateway: 'https://a', channels: { rcs: { ...listOf(), templates: [old] } } };
  writeFileSync(join(state, 'templates-shop.json'), JSON.stringify(file));
  expect(createTemplateCache(state, 'shop', 'https://a').read('rcs', 1_000)?.templates).toEqual([old]);
});

test('an unwritable folder silently disables the cache', () => {
  const { path } = freshHome();
  const file = join(path, 'file');
  writeFileSync(file, 'no folder');
  const cache = createTemplateCache(file, 'shop', 'https://a');
  cache.write('rcs', listOf('one'));
  cache.change('rcs', 'one', undefined);
  expect(cache.read('rcs', 1_000)).toBeUndefined();
  expect(readFileSync(file, 'utf8')).toBe('no folder');
});
