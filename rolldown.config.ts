import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/**
 * Numbering plans are data of 150 kB. In a JSON file of their own they are read several times faster than as
 * part of a script, which Node would compile; and each country's only when a number of it is met.
 */
const dataAsJson: Plugin = {
  name: 'data-as-json',
  transform: {
    filter: { id: /metadata\.max\.json\.js$/ },
    handler(code) {
      const data = new Function(code.replace('export default', 'return'))() as {
        countries: Record<string, unknown>;
      };
      const texts = Object.entries(data.countries).map(([country, plan]) => [country, JSON.stringify(plan)]);
      const source = JSON.stringify({ ...data, countries: Object.fromEntries(texts) });
      this.emitFile({ type: 'asset', fileName: 'numbering.json', source });
      return `import { readFileSync } from 'node:fs';
        import { join } from 'node:path';
        const data = JSON.parse(readFileSync(join(__dirname, 'numbering.json'), 'utf8'));
        for (const [country, text] of Object.entries(data.countries)) {
          let plan;
          Object.defineProperty(data.countries, country, { enumerable: true, get: () => (plan ??= JSON.parse(text)) });
        }
        export default data;`;
    },
  },
};

/**
 * To validate a number the library makes half a dozen regular expressions, from the plan's texts and each time anew:
 * a fifth of the time that a row of a file takes. Here each is made once.
 */
const patternsOnce: Plugin = {
  name: 'patterns-once',
  transform: {
    filter: { id: /libphonenumber-js\/es6\/helpers\/matchesEntirely\.js$/ },
    handler(code) {
      const [made, whole] = /new RegExp\((.+ \+ regularExpressionText \+ .+)\)(?=\.test)/.exec(code) ?? [];
      if (!made) throw new Error('libphonenumber-js matches its patterns in another way now');
      return `const patterns = new Map();
        function pattern(regularExpressionText) {
          let known = patterns.get(regularExpressionText);
          if (known === undefined) patterns.set(regularExpressionText, (known = new RegExp(${whole})));
          return known;
        }
        ${code.replace(made, 'pattern(regularExpressionText)')}`;
    },
  },
};

/** The licences of the libraries that are part of the bundle ask to travel with it. */
const licences: Plugin = {
  name: 'licences',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
    const packages = new Set(
      modules.flatMap((id) => id.match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []),
    );
    const texts = [...packages].sort().map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
      const text = file ? readFileSync(join(folder, file), 'utf8') : '';
      return `${name} ${version} (${license})\n\n${text.trim()}\n`;
    });
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
  },
};

/** Says which build of libsql to load, quicker than the packages whose place it takes. */
const target = new URL('src/storage/libsql-target.ts', import.meta.url).pathname;

/** Matches source files by what their paths begin with, and packages by name where the first argument says so. */
function within({ packages = [], paths }: { packages?: string[]; paths: string[] }): RegExp {
  return new RegExp(
    [...packages.map((name) => `node_modules/${name}/`), `src/(?:${paths.join('|')})`].join('|'),
  );
}

/**
 * The published program: CommonJS chunks, which Node starts faster than modules, split where the source says
 * `await import()`, so that a command loads only what it uses. What every command shares is one chunk: each
 * file costs more to open than to read.
 */
export default defineConfig({
  input: { main: 'src/main.ts' },
  platform: 'node',
  external: [/^@libsql\//, '@napi-rs/keyring'],
  resolve: { alias: { 'detect-libc': target, '@neon-rs/load': target } },
  plugins: [dataAsJson, patternsOnce, licences],
  transform: { define: { __VERSION__: JSON.stringify(version) } },
  output: {
    dir: 'dist',
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    cleanDir: true,
    minify: true,
    codeSplitting: {
      groups: [
        // What help needs; then what every command needs that runs.
        {
          name: 'core',
          test: within({
            paths: [
              'errors|program|run|config/paths|cli/(?:resolve|commands|peek|topics)',
              'input/(?!document|prompt|rows|hints|write-flag|quote|typed-time)|output/(?:io|formats/format|style|clean)',
              'message/(?!template|schema|compose|content-|endpoint|routes|rich|phone-(?:hint|text)|person|inbound-number|stats|non-gsm|conversation|formula|consent|opt-out|channels/(?:advise|facts|window))',
              'gateway/(?:dialect|http/json)',
            ],
          }),
          priority: 2,
        },
        // What a shell asks for while somebody types, and every command needs too.
        {
          name: 'ledger',
          test: /libsql\/|src\/(?:ledger\/(?!postgres|copy|description|turn|bulk-(?:run|creation))|storage\/(?!template|webhook))/,
          priority: 2,
        },
        {
          name: 'work',
          test: within({
            packages: ['commander', 'uuid'],
            paths: [
              'context|config|app/|cli/(?:parse|settings)|output/(?:notices|columns|formats/plain|spinner|cursor)',
              'gateway/(?:(?!probe|status-query|optional-calls)[\\w-]+\\.ts|http/(?!undici|proxy|change|trace|redact|unreadable)|vendor/(?:send-answer|errors|channels|status|vocabulary)|partner/(?:dialect|send))',
              'message/(?:opt-out|compose|endpoint|rich|channels/window)',
              'services/(?:dispatch/(?!reply|send-bulk|shared-bulk|peers|refusal)|deps|send-guard)',
              'commands/send/sms|views/(?:view|deliveries|delivery-columns|exit-status)',
              'actions/(?:send|send-flags|send-request|message-input|draft|can-prompt|recipient-guard)\\.',
            ],
          }),
          priority: 1,
        },
      ],
    },
  },
});
