/**
 * Builds dist/: `nacre.js`, which any Node can parse and which turns old ones away in one line, and
 * `app.js`, the whole program in one file without runtime dependencies; beside it what threads of their own run.
 *
 *   node scripts/build.mjs [--meta FILE]
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { COMMANDS } from '../src/cli/command-table.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ink = join(root, 'node_modules/ink/build');

/**
 * What is replaced inside the bundle. Each replacement has the same behaviour and pays for itself;
 * the milliseconds are of a start at 120x40.
 */
const replacements = {
  name: 'replacements',
  setup({ onResolve, onLoad }) {
    const own = (file) => join(root, 'src/app/ink', file);

    // Ink tokenizes every row of every frame; this keeps rows between frames.
    onResolve({ filter: /^\.\/output\.js$/ }, ({ resolveDir }) =>
      resolveDir === ink ? { path: own('output.ts') } : undefined,
    );
    // Ink writes whole rows; this writes changed cells.
    onResolve({ filter: /^\.\/log-update\.js$/ }, ({ resolveDir }) =>
      resolveDir === ink ? { path: own('log-update.ts') } : undefined,
    );
    // A screen that the first paint has opened already is not opened, and so blanked, again.
    onLoad({ filter: /ink\/build\/ink\.js$/ }, ({ path }) =>
      edited(path, [
        [
          "import logUpdate from './log-update.js'",
          "import logUpdate, { takeAdopted } from './log-update.js'",
        ],
        [
          '        if (!this.alternateScreen) {\n            return;',
          '        if (!this.alternateScreen || takeAdopted()) {\n            return;',
        ],
      ]),
    );
    // The painter marks its own large updates; around each small one the marks are two more writes.
    onLoad({ filter: /ink\/build\/write-synchronized\.js$/ }, ({ path }) =>
      edited(path, [["return ('isTTY' in stream", "return (false && 'isTTY' in stream"]]),
    );
    // Ink reads every text character by character, looking for what must not reach the terminal.
    onLoad({ filter: /ink\/build\/sanitize-ansi\.js$/ }, ({ path }) =>
      edited(path, [
        ['import ', `import { sanitizeRows } from ${JSON.stringify(own('sanitize.ts'))};\nimport `],
        ['export default sanitizeAnsi', 'export default (text) => sanitizeRows(text, sanitizeAnsi)'],
      ]),
    );
    // Ink keeps thousands of measured texts; a text here is a whole screen.
    onResolve({ filter: /^(\.\/measure-text\.js|widest-line)$/ }, ({ path, resolveDir }) =>
      resolveDir === ink
        ? { path: own(path === 'widest-line' ? 'widest-line.ts' : 'measure-text.ts') }
        : undefined,
    );
    // The emoji pattern and the segmenter are built only for text that needs them.
    onResolve({ filter: /^string-width$/ }, ({ importer, namespace }) =>
      importer === own('string-width.ts') || namespace === 'lazy'
        ? undefined
        : { path: own('string-width.ts') },
    );
    // Evaluated at the first call, which a start never makes: 6 ms.
    onResolve({ filter: /^(string-width|wrap-ansi|cli-truncate|terminal-size)$/ }, ({ path, namespace }) =>
      namespace === 'lazy' ? undefined : { path, namespace: 'lazy' },
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: `let real;
export default (...args) => (real ??= require(${JSON.stringify(path)}).default)(...args);`,
      resolveDir: ink,
    }));
    // Modules of Node's own that a start has no use for, loaded when something of theirs is used:
    // crypto alone takes 8 ms.
    onResolve(
      { filter: /^node:(child_process|crypto|http|readline\/promises|tls|worker_threads|zlib)$/ },
      ({ path, namespace }) =>
        namespace === 'builtin' ? { path, external: true } : { path, namespace: 'builtin' },
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== 'default');
      return {
        contents: `const lazy = (name) => ({ enumerable: true, get: () => require(${JSON.stringify(path)})[name] });
Object.defineProperties(exports, Object.fromEntries(${JSON.stringify(names)}.map((name) => [name, lazy(name)])));`,
      };
    });
    // An assertion that holds needs no assertion module: 2 ms.
    onResolve({ filter: /^(node:)?assert$/ }, ({ path, namespace }) =>
      namespace === 'assert' ? { path, external: true } : { path, namespace: 'assert' },
    );
    onLoad({ filter: /.*/, namespace: 'assert' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== 'default');
      return {
        contents: `module.exports = (value, message) => { if (!value) require(${JSON.stringify(path)})(value, message); };
const lazy = (name) => ({ enumerable: true, get: () => require(${JSON.stringify(path)})[name] });
for (const name of ${JSON.stringify(names)}) Object.defineProperty(module.exports, name, lazy(name));
module.exports.equal = (actual, expected, message) => {
  if (actual != expected) require(${JSON.stringify(path)}).equal(actual, expected, message);
};`,
      };
    });
    // The engine is spoken to in HTTP/1 without proxies: what undici loads for HTTP/2 stays out (6 ms).
    onLoad({ filter: /undici\/lib\/dispatcher\/client-h2\.js$/ }, () => ({
      contents: "module.exports = () => { throw new Error('HTTP/2 is not part of this program'); };",
    }));
    onLoad({ filter: /undici\/lib\/dispatcher\/client\.js$/ }, ({ path }) =>
      edited(path, [["require('node:http')", '{ maxHeaderSize: 16384 }']]),
    );
    onLoad({ filter: /undici\/lib\/core\/util\.js$/ }, ({ path }) =>
      edited(path, [
        ["const { IncomingMessage } = require('node:http')", "const http = require('node:http')"],
        ['constructor === IncomingMessage', 'constructor === http.IncomingMessage'],
      ]),
    );
    onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'nothing', namespace: 'nothing' }));
    onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {}' }));

    // The loader would fetch a data: URL, which makes Node load its own HTTP client.
    onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const binary = /"data:application\/octet-stream;base64,([\w+/=]+)"/.exec(source);
      if (binary === null) throw new Error(`no WASM found in ${path}`);
      const loader = edit(path, source, [
        [binary[0], '""'],
        ['import.meta.url', '""'],
        ['export default loadYoga;', ''],
      ]);
      return {
        contents: `${loader}
const bytes = Buffer.from("${binary[1]}", "base64");
export default function load() {
  const yoga = {
    instantiateWasm(imports, done) {
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
      done(instance);
      return instance.exports;
    },
  };
  loadYoga(yoga);
  return yoga;
}`,
      };
    });
    onLoad({ filter: /yoga-layout\/dist\/src\/index\.js$/ }, ({ path }) =>
      edited(path, [['await loadYoga()', 'loadYoga()']]),
    );

    // Top-level await keeps a module from being required; DEV only serves React's own tools.
    onLoad({ filter: /ink\/build\/reconciler\.js$/ }, ({ path }) =>
      edited(path, [
        ["await import('./devtools.js')", 'undefined'],
        ['await loadPackageJson()', '{}'],
      ]),
    );

    // A segmenter costs about 20 ms, and in ASCII every character stands for itself.
    for (const [file, name, options] of [
      [/string-width\/index\.js$/, 'segmenter', ''],
      [/wrap-ansi\/index\.js$/, 'segmenter', ''],
      [/slice-ansi\/tokenize-ansi\.js$/, 'GRAPHEME_SEGMENTER', "undefined, {granularity: 'grapheme'}"],
      [/ansi-tokenize\/build\/tokenize\.js$/, 'segmenter', 'undefined, { granularity: "grapheme" }'],
    ]) {
      onLoad({ filter: file }, ({ path }) =>
        edited(path, [
          ...(path.endsWith('string-width/index.js')
            ? [
                ['/^\\p{RGI_Emoji}$/v', '{ test: isEmoji }'],
                ['import ', `import { isEmoji } from ${JSON.stringify(own('emoji.ts'))};\nimport `],
              ]
            : []),
          [
            `const ${name} = new Intl.Segmenter(${options});`,
            `import { segmentText } from ${JSON.stringify(own('segment-text.ts'))};
const ${name} = { segment: segmentText };`,
          ],
        ]),
      );
    }
  },
};

async function edited(path, changes) {
  return { contents: edit(path, await readFile(path, 'utf8'), changes) };
}

/** Fails the build when a dependency no longer has what is to be replaced. */
function edit(path, source, changes) {
  let text = source;
  for (const [before, after] of changes) {
    if (!text.includes(before)) throw new Error(`${path} no longer contains ${before.slice(0, 60)}`);
    text = text.replace(before, () => after);
  }
  return text;
}

/** esbuild's options for one file that Node can run as a function. */
export function options(entryPoint, outfile) {
  return {
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22.19',
    jsx: 'automatic',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'eof',
    define: {
      'process.env.NODE_ENV': '"production"',
      'process.env.DEV': '"false"',
      // undici's way to leave its second, experimental parser out.
      esbuildDetection: 'true',
      'import.meta.url': 'moduleUrl',
    },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    plugins: [replacements],
    logLevel: 'warning',
    metafile: true,
  };
}

async function main() {
  const { engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const dist = join(root, 'dist');
  const { metafile, outputFiles } = await build({
    ...options(join(root, 'src/main.tsx'), join(dist, 'app.js')),
    write: false,
  });
  // The program is read byte by byte, several times faster than as UTF-8; esbuild leaves only regular
  // expressions and comments to be escaped.
  const program = outputFiles[0].text.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  // A thread begins with a file: what they run stands beside the program, which never loads it itself.
  const workers = await Promise.all(
    ['app/colour-worker', 'engine/layers/digest-worker'].map((file) =>
      build({
        ...options(join(root, `src/${file}.ts`), join(dist, `${basename(file)}.js`)),
        write: false,
      }),
    ),
  );
  const name = createHash('sha256').update(program).digest('hex').slice(0, 12);
  const { code } = await transform(await readFile(join(root, 'scripts/entry.cjs'), 'utf8'), {
    target: 'node10',
    define: {
      FLOOR: JSON.stringify(engines.node.match(/\d+/g).map(Number)),
      WORDS: JSON.stringify([
        ...COMMANDS.map((command) => command.name),
        'help',
        'version',
        '--help',
        '-h',
        '--version',
        '-v',
      ]),
    },
  });
  await mkdir(dist, { recursive: true });
  // The package is of type "module"; what is built is CommonJS, because importing Node's own
  // modules from ESM builds a facade of each (20 ms for node:http alone).
  await replace(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
  for (const { outputFiles } of workers) await replace(outputFiles[0].path, outputFiles[0].text);
  // As the function that the launcher runs: a source put together there would be in memory twice.
  await replace(
    join(dist, 'app.js'),
    `/* ${name} */ (function (exports, require, module, __filename, __dirname) {${program}\n})`,
  );
  await replace(join(dist, 'nacre.js'), `#!/usr/bin/env node\n${code}`, 0o755);
  const meta = process.argv.indexOf('--meta');
  if (meta > 0) await writeFile(process.argv[meta + 1], JSON.stringify(metafile));
}

/** At once: a nacre that starts meanwhile finds the old file or the new one, whole. */
async function replace(path, content, mode = 0o644) {
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, content, { mode });
  await rename(unfinished, path);
}

if (resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
