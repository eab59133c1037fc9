/** The states of the page of a comparison, by name: how it is, and keys after that. */
import type { ComparePage } from '../../src/app/compare-page.ts';
import type { AppState } from '../../src/app/state.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { type AcmeApp, acmeApp, acmeState } from '../app/acme-app.ts';
import { BLANK_COMPARE, drawnCompare, drawnPatch, drawnPatchReading } from '../app/acme-compare.ts';
import { contentEngine } from '../app/acme-files.ts';
import { acmeId } from '../app/acme-store.ts';
import type { Size } from './scenes.ts';

type Scene = (size: Size) => Promise<AcmeApp>;

const on =
  (
    page: () => ComparePage | Promise<ComparePage>,
    keys: readonly string[] = [],
    change: Partial<AppState> = {},
  ): Scene =>
  async (size) => {
    const state = acmeState(size, { marks: new Set(), compare: await page(), ...change });
    const app = acmeApp(state, {}, contentEngine());
    app.press(...keys);
    return app;
  };

/** Before anything is compared, on the images screen. */
const asking =
  (keys: readonly string[], change: Partial<AppState> = {}): Scene =>
  async (size) => {
    const app = acmeApp(acmeState(size, { marks: new Set(), ...change }), {}, contentEngine());
    app.press(...keys);
    return app;
  };

const BROKEN = new EngineError({
  code: 'corrupt',
  message:
    'layer 3 of ghcr.io/acme/web-api:1.5.0 cannot be read: its header at byte 48640 has a wrong checksum',
  hint: 'Pull it again, or ask whoever made it.',
});

const GONE = new EngineError({
  code: 'unreachable',
  message: 'cannot reach the engine at unix:///var/run/docker.sock: the connection broke',
  hint: 'See whether it runs.',
});

const OLD_TEXT = [
  "import { createServer } from 'node:http';",
  "import { report } from './legacy/report.js';",
  '',
  'const server = createServer((request, response) => {',
  "\tif (request.url === '/health') return ok(response);",
  '\treturn report(request, response);',
  '});',
  '',
  'server.listen(8080);',
].join('\n');

const NEW_TEXT = OLD_TEXT.replace(
  "import { report } from './legacy/report.js';\n",
  "import { route } from './route.js';\n",
)
  .replace('return report(', 'return route(')
  .concat('\n');

export const COMPARE_SCENES: Readonly<Record<string, Scene>> = {
  compare: on(drawnCompare),
  'compare-packages': on(drawnCompare, ['tab']),
  'compare-files': on(drawnCompare, ['tab', 'tab', 'j', 'j']),
  'compare-layers': on(drawnCompare, ['shift+tab']),
  'compare-kinds': on(drawnCompare, ['enter', '+', '-', 's']),
  'compare-searching': on(drawnCompare, ['enter', '/', ...'dist/s']),
  'compare-found-none': on(drawnCompare, ['enter', '/', ...'zzz', 'enter']),
  'compare-text-reading': on(drawnPatchReading),
  'compare-packages-failed': on(() => drawnCompare({ packages: { status: 'failed', error: GONE } })),
  'compare-text': on(() => drawnPatch(OLD_TEXT, NEW_TEXT)),
  'compare-binary': on(() => drawnPatch('a\0b', 'b\0a')),
  'compare-hostile': on(() => drawnPatch('plain\n', 'esc\u001b[2J \u202eright\tto\n')),
  'compare-reading': on(() => ({
    ...BLANK_COMPARE,
    progress: { what: `reading ${BLANK_COMPARE.after.name}`, bytes: 301_400_000, total: 455_100_000 },
  })),
  'compare-broken': on(() => ({ ...BLANK_COMPARE, error: BROKEN })),
  'compare-no-packages': on(
    () =>
      drawnCompare({
        packages: {
          status: 'read',
          changes: {
            list: [],
            problems: [{ path: 'var/lib/rpm/rpmdb.sqlite', why: 'file is not a database' }],
          },
        },
      }),
    ['tab'],
  ),
  'compare-help': on(drawnCompare, ['enter', '?']),
  'compare-marked': asking([], {
    marks: new Set([acmeId('ghcr.io/acme/web-api:1.4.2'), acmeId('ghcr.io/acme/web-api:1.5.0')]),
  }),
  'prompt-compare': asking(['D']),
  'prompt-compare-typed': asking(['D', ...'registry:gh']),
};
