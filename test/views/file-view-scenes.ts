/** The states of the page of one file, by name: what was opened, and keys after that. */
import { vi } from 'vitest';
import { colouredParts } from '../../src/app/file-colours.ts';
import { languageOf } from '../../src/app/file-language.ts';
import { isText } from '../../src/app/file-text.ts';
import { type FileView, newFileView, withBytes } from '../../src/app/file-view.ts';
import { filesTarget } from '../../src/app/files-page.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { type AcmeApp, acmeApp, acmeState } from '../app/acme-app.ts';
import { arranged, contentEngine, drawnFiles } from '../app/acme-files.ts';
import type { Size } from './scenes.ts';

type Scene = (size: Size) => Promise<AcmeApp>;

const SCRIPT = `#!/usr/bin/env python3
"""Serves what was built, and nothing else."""
import os
from http.server import ThreadingHTTPServer as Server

PORT = int(os.environ.get("PORT", 8080))

class Handler(Base):
\tdef do_GET(self):  # one folder only
\t\treturn self.send(200, f"served {self.path}")

Server(("", PORT), Handler).serve_forever()
${Array.from({ length: 60 }, (_, at) => `ROUTES["/api/${at}"] = ("application/json", ${at * 7})`).join('\n')}
`;

const LONG = `${JSON.stringify({ name: 'web-api', files: Array.from({ length: 40 }, (_, at) => `dist/日本語/${at}.js`) })}\n`;

const STRANGE = `a tab\there\r
an escape \u001b[31mred\u0007 and a bell\r
bidi \u202egnp.exe\r
全角の文字がここにあります\r
`;

const PROGRAM = Buffer.concat([
  Buffer.from('\u007fELF\u0002\u0001\u0001', 'latin1'),
  Buffer.from(Array.from({ length: 800 }, (_, at) => (at * at) % 251)),
]);

function shown(
  path: string,
  content: string | Buffer | undefined,
  keys: readonly string[] = [],
  change: Partial<FileView> = {},
): Scene {
  return async (size) => {
    const app = acmeApp(acmeState(size, { marks: new Set(), files: drawnFiles() }), {}, contentEngine());
    await arranged(app);
    const bytes = content === undefined ? undefined : Buffer.from(content);
    const blank: FileView = {
      ...newFileView({
        target: filesTarget(app.store.get())!,
        path,
        layer: 4,
        size: bytes?.length ?? 98_300_000,
      }),
      ...change,
    };
    const language = languageOf(path, content?.toString() ?? '');
    const read = bytes === undefined ? blank : withBytes(blank, bytes, isText(bytes));
    const colours =
      read.text === undefined || language === undefined ? [] : colouredParts(read.text.text, language);
    app.store.update((state) => ({ ...state, fileView: { ...read, ...change, colours } }));
    for (const key of keys) app.press(key);
    return app;
  };
}

/** Relative names lie in the folder that nacre was started in. */
function inTmp(scene: Scene): Scene {
  return async (size) => {
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue('/tmp');
    try {
      return await scene(size);
    } finally {
      cwd.mockRestore();
    }
  };
}

export const FILE_VIEW_SCENES: Readonly<Record<string, Scene>> = {
  'file-view': shown('/srv/serve.py', SCRIPT),
  'file-view-search': shown('/srv/serve.py', SCRIPT, ['/', ...'/api/4', 'enter', 'n']),
  'file-view-searching': shown('/srv/serve.py', SCRIPT, ['/', ...'port']),
  'file-view-search-again': shown('/srv/serve.py', SCRIPT, ['/', ...'/api/4', 'enter', '/']),
  'file-view-long': shown('/srv/package.json', LONG, ['l', 'l']),
  'file-view-wrapped': shown('/srv/package.json', LONG, ['W']),
  'file-view-strange': shown('/srv/strange', STRANGE),
  'file-view-hex': shown('/usr/bin/node', PROGRAM, ['/', ...'ELF', 'enter', 'j'], { size: 98_300_000 }),
  'file-view-as-hex': shown('/srv/serve.py', SCRIPT, ['x', 'G']),
  'file-view-reading': shown('/usr/bin/node', undefined, [], {
    read: { bytes: 112_400_000, total: 455_100_000 },
  }),
  'file-view-failed': shown('/usr/bin/node', undefined, [], {
    error: new EngineError({
      code: 'corrupt',
      message: 'the archive cannot be used: a layer ends in the middle',
      hint: 'It may have been cut off or changed on its way: make or copy it again.',
    }),
  }),
  'file-view-empty': shown('/etc/motd', ''),
  'file-view-extract': inTmp(shown('/srv/serve.py', SCRIPT, ['e'])),
};
