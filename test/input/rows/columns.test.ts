import { expect, test } from 'vitest';
import {
  destinationPlace,
  type Mapping,
  type RowFieldName,
  rowFields,
} from '../../../src/input/rows/columns.ts';
import { mapping } from '../../../src/input/value-types.ts';

const read = (columns: string, maps: readonly string[], given: readonly RowFieldName[] = []) =>
  rowFields(
    { name: 'a.csv', columns: columns.split(',') },
    maps.map((map) => mapping.read(map) as Mapping),
    given,
  );

test.each<
  [
    columns: string,
    maps: string[],
    given: RowFieldName[],
    fields: Record<string, number>,
    variables: string[],
  ]
>([
  ['to,message,template,from,id', [], [], { to: 0, message: 1, template: 2, from: 3, id: 4 }, []],
  ['Nome,TO,x', [], [], { to: 1 }, ['Nome', 'x']],
  ['name,Phone Number,testo', [], [], { to: 1, message: 2 }, ['name']],
  ['phone_number,Template-ID,Sender ID', [], [], { to: 0, template: 1, from: 2 }, []],
  ['telefono,to', [], [], { to: 1 }, ['telefono']],
  ['telefono,cellulare', ['to=cellulare'], [], { to: 1 }, ['telefono']],
  ['to,Telefono', ['to=Telefono'], [], { to: 1 }, ['to']],
  ['to,Telefono', ['to=telefono'], [], { to: 1 }, ['to']],
  ['Telefono,telefono casa', ['to=telefono casa'], [], { to: 1 }, ['Telefono']],
  ['to,number', [], [], { to: 0 }, ['number']],
  ['to,text', [], ['message'], { to: 0 }, ['text']],
  ['to,text', ['message=text'], ['message'], { to: 0, message: 1 }, []],
  ['a,b', ['to=a', 'id=a'], [], { to: 0, id: 0 }, ['b']],
  ['to,,b', [], [], { to: 0 }, ['b']],
  ['name', [], [], {}, ['name']],
  ['to,__proto__,constructor', [], [], { to: 0 }, ['__proto__', 'constructor']],
])('maps columns %s with %j', (columns, maps, given, fields, variables) => {
  const { variables: found, named, mapped, ...others } = read(columns, maps, given);
  expect(others).toEqual(fields);
  expect(found.map(([name]) => name)).toEqual(variables);
  expect(found.every(([name, place]) => columns.split(',')[place] === name)).toBe(true);
  // Every column may fill a placeholder, also one that fills a field.
  expect(named.map(([name]) => name)).toEqual(columns.split(',').filter((name) => name !== ''));
  expect(mapped).toEqual([]);
});

test.each<[columns: string, maps: string[], variables: [string, number][], named: [string, number][]]>([
  [
    'to,Nome',
    ['name=Nome'],
    [['name', 1]],
    [
      ['name', 1],
      ['to', 0],
      ['Nome', 1],
    ],
  ],
  [
    'to,Nome',
    ['First Name=nome'],
    [['First Name', 1]],
    [
      ['First Name', 1],
      ['to', 0],
      ['Nome', 1],
    ],
  ],
  [
    'to,name,Nome',
    ['name=Nome'],
    [['name', 2]],
    [
      ['name', 2],
      ['to', 0],
      ['Nome', 2],
    ],
  ],
  [
    'Tel,x',
    ['to=Tel', 'phone=Tel'],
    [
      ['phone', 0],
      ['x', 1],
    ],
    [
      ['phone', 0],
      ['Tel', 0],
      ['x', 1],
    ],
  ],
  [
    'to,Citta\u0300',
    ['city=Città'],
    [['city', 1]],
    [
      ['city', 1],
      ['to', 0],
      ['Citta\u0300', 1],
    ],
  ],
  [
    'to,Città',
    ['città=Citta\u0300'],
    [['città', 1]],
    [
      ['città', 1],
      ['to', 0],
      ['Città', 1],
    ],
  ],
])('maps placeholders of %s with %j', (columns, maps, variables, named) => {
  expect(read(columns, maps)).toMatchObject({ variables, named });
});

test.each([
  [
    'phone,mobile',
    [],
    'file.ambiguous',
    'a.csv has several columns for `to`: "phone", "mobile"',
    'choose one: --map to=COLUMN',
  ],
  [
    'to,T-O',
    [],
    'file.ambiguous',
    'a.csv has several columns for `to`: "to", "T-O"',
    'choose one: --map to=COLUMN',
  ],
  [
    'Telefono',
    ['to=Telefonno'],
    'map.unknown',
    'a.csv has no column "Telefonno"',
    'did you mean --map to=Telefono?',
  ],
  [
    'Tel casa,x',
    ['to=Tel cas'],
    'map.unknown',
    'a.csv has no column "Tel cas"',
    "did you mean --map 'to=Tel casa'?",
  ],
  ['a,b', ['to=Telefono'], 'map.unknown', 'a.csv has no column "Telefono"', 'it has "a", "b"'],
  ['a,b', ['to=a', 'to=b'], 'map.twice', '--map to=... is given twice', 'use it once'],
] as const)('refuses columns %s with %j', (columns, maps, code, message, hint) => {
  expect(() => read(columns, maps)).toThrow(expect.objectContaining({ kind: 'usage', code, message, hint }));
});

test.each([
  ['name,x', 'choose the column with the numbers: --map to=COLUMN'],
  ['+393901234567,Ada', 'the first line must name the columns: to,name,...'],
])('finds no recipient column in %s', (columns, hint) => {
  const sheet = { name: 'a.csv', columns: columns.split(',') };
  expect(() => destinationPlace(rowFields(sheet, []), sheet)).toThrow(
    expect.objectContaining({ code: 'file.no-destination', hint }),
  );
});

test.each([
  ['TO = Nome ', ['to', 'Nome']],
  ['to=a=b', ['to', 'a=b']],
  ['First  Name=Nome', ['First Name', 'Nome']],
])('parses --map %j as %j', (text, read) => {
  expect(mapping.read(text)).toEqual(read);
});

test.each([['to'], ['to='], ['=x'], [' =x']])('refuses --map %j', (text) => {
  const hint =
    'the fields are to, message, template, from, id, rcsTemplate, agentId, phoneNumberId, campaign, and the names of placeholders';
  expect(() => mapping.read(text)).toThrow(expect.objectContaining({ code: 'map.invalid', hint }));
});
