/**
 * What becomes dist/nacre.js. It turns old Nodes away in one line, so it has no syntax that Node 10 lacks;
 * then it runs app.js, with the code that an earlier run compiled: a third of a start is compiling.
 * FLOOR, and as WORDS all that makes it a command, are put in by build.mjs, which makes app.js one function, behind a
 * comment that names its content.
 */
'use strict';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < FLOOR[0] || (major === FLOOR[0] && minor < FLOOR[1])) {
  process.stderr.write(
    `nacre: this is Node ${process.versions.node}, but nacre needs Node ${FLOOR.join('.')} or newer: install a newer one (https://nodejs.org) and try again\n`,
  );
  process.exit(1);
}

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

/** Commands use little of what the screen uses, so each has its own. */
const kind = process.argv.slice(2).some((word) => WORDS.includes(word)) ? 'command' : 'screen';
const home = process.env.XDG_CACHE_HOME || (process.env.HOME ? path.join(process.env.HOME, '.cache') : '');
const folder = path.join(home, 'nacre', 'compiled');
const app = path.join(__dirname, 'app.js');
const source = fs.readFileSync(app, 'latin1');
const build = source.slice(3, 15);
const file = path.join(folder, `${build}-${process.versions.v8}-${process.arch}-${kind}`);

const script = new vm.Script(source, {
  filename: app,
  cachedData: read(),
  importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
let isKept = home === '' || script.cachedDataRejected === false;
// What is over sooner is kept at its end; later, Node forgets code that was used only once. By two seconds the screen
// stands, and a person looks at it.
if (kind === 'command') process.once('exit', () => isKept || keep());
setTimeout(settle, kind === 'command' ? 500 : isKept ? 100 : 2000).unref();
const main = { exports: {} };
script.runInThisContext()(main.exports, require, main, app, __dirname);

function settle() {
  if (!isKept && (kind === 'command' || process.stdin.isRaw)) keep();
  // The space for new objects would grow to 130 MB while ten thousand images are read, and stay so. From
  // here on it keeps its size. Code compiled under other settings is refused, so this comes after keeping it.
  require('node:v8').setFlagsFromString('--semi-space-growth-factor=1 --heap-growing-percent=20');
}

function read() {
  if (home === '') return undefined;
  try {
    return fs.readFileSync(file);
  } catch (_) {
    return undefined;
  }
}

/** A place that cannot be written to costs nothing but the gain. */
function keep() {
  isKept = true;
  const unfinished = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    // What other builds and other Nodes left is of no use to anyone who uses this one.
    for (const name of fs.readdirSync(folder)) {
      if (!name.startsWith(build)) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
    }
    fs.writeFileSync(unfinished, script.createCachedData(), { mode: 0o600 });
    fs.renameSync(unfinished, file);
  } catch (_) {
    try {
      fs.unlinkSync(unfinished);
    } catch (_) {}
  }
}
