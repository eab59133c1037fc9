/** Looking at files of an image and extracting them, by keys, on layers that lie in memory. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { coloursOf } from '../../src/app/colouring.ts';
import { languageOf } from '../../src/app/file-language.ts';
import { fileRowParts } from '../../src/app/file-row-parts.ts';
import { fileText, isText, shownText } from '../../src/app/file-text.ts';
import {
  type FileView,
  fileViewRows,
  isTooLongToWrap,
  rowOfMatch,
  rowPlace,
} from '../../src/app/file-view.ts';
import { isCurrent } from '../../src/app/files-page.ts';
import { openFiles } from '../../src/app/files-reading.ts';
import { partsOf } from '../../src/app/highlight-parts.ts';
import { rowEnds } from '../../src/app/text-rows.ts';
import { width } from '../../src/app/width.ts';
import type { ContentSource } from '../../src/engine/layers/contents.ts';
import { type MemoryContents, memoryContents } from '../engine/layers/memory-contents.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { tarOf } from '../support/tar.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';
import { contentEngine } from './acme-files.ts';
import { acmeId } from './acme-store.ts';

const SIZE = { columns: 80, rows: 24 };
const WEB = acmeId('ghcr.io/acme/web-api:1.5.0');
const SCRIPT = `#!/bin/sh\n# says it\necho "said" && exit 3\n${'echo again\n'.repeat(200)}echo "the end"\n`;
const BEYOND = 9_000_000;

let folder: string;
let contents: MemoryContents;
const before = process.env['XDG_CACHE_HOME'];
beforeAll(async () => {
  folder = scratchFolder();
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  contents = await memoryContents(folder, [
    await tarOf([
      { name: 'bin/say', content: SCRIPT, mode: 0o755 },
      { name: 'bin/tell', link: 'say' },
      { name: 'bin/void', link: '/nowhere' },
      { name: 'large', content: Buffer.alloc(BEYOND, 'large text\n') },
      { name: 'zeros', content: Buffer.alloc(100) },
    ]),
  ]);
});
afterAll(async () => {
  if (before === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = before;
  await removeScratch(folder);
});

/** The files page with everything open, the cursor on one entry. */
async function at(path: string, source: ContentSource = contents.source('stream')): Promise<AcmeApp> {
  const app = acmeApp(
    acmeState(SIZE),
    {},
    contentEngine(() => source),
  );
  openFiles(app, WEB, { path: Buffer.from(path) });
  await vi.waitFor(() => {
    const { files } = app.store.get();
    expect(files?.progress.done === true && isCurrent(files) && files.goTo === undefined).toBe(true);
  });
  return app;
}

const viewOf = (app: AcmeApp): FileView => app.store.get().fileView!;
async function shown(app: AcmeApp): Promise<FileView> {
  await vi.waitFor(() => expect(viewOf(app).bytes ?? viewOf(app).error).toBeDefined());
  return viewOf(app);
}

describe('the page of a file', () => {
  test('shows its text, then its colours; esc goes back', async () => {
    const app = await at('bin/say');
    app.press('v');
    const view = await shown(app);
    expect(view).toMatchObject({ path: '/bin/say', layer: 0, size: SCRIPT.length, hex: false });
    expect(view.text?.lines).toBe(204);
    // They come from a thread that is begun for them.
    await vi.waitFor(() => expect(viewOf(app).colours.length).toBeGreaterThan(3), { timeout: 20_000 });
    const coloured = viewOf(app).colours.map(({ from, to, token }) => [SCRIPT.slice(from, to), token]);
    expect(coloured).toContainEqual(['# says it', 'muted']);
    expect(coloured).toContainEqual(['"said"', 'code-string']);
    app.press('esc');
    expect(app.store.get().fileView).toBeUndefined();
    expect(app.store.get().files).toBeDefined();
  });

  test('of a link shows what it leads to, and says where it leads nowhere', async () => {
    const app = await at('bin/tell');
    app.press('v');
    expect((await shown(app)).size).toBe(SCRIPT.length);
    const broken = await at('bin/void');
    broken.press('v');
    expect(broken.store.get().fileView).toBeUndefined();
    expect(broken.store.get().toast?.text).toContain('bin/void leads to /nowhere, which is not there');
    const onFolder = await at('bin');
    onFolder.press('v');
    expect(onFolder.store.get().toast?.text).toContain('folder');
  });

  test('holds only the beginning of what is large, and what is no text as hex', async () => {
    const app = await at('large');
    app.press('v');
    const view = await shown(app);
    expect([view.bytes?.length, view.size]).toEqual([8_000_000, BEYOND]);
    app.press('x');
    expect(viewOf(app).hex).toBe(true);
    expect(fileViewRows(app.store.get(), viewOf(app))).toBe(500_000);
    const zeros = await at('zeros');
    zeros.press('v');
    expect(await shown(zeros)).toMatchObject({ hex: true, text: undefined });
    zeros.press('x');
    expect(zeros.store.get().toast?.text).toBe('this is no text');
  });

  test('ends the reading when it is left', async () => {
    let ended = false;
    const slow: ContentSource = {
      ...contents.source('stream'),
      async *tars(_wanted, options) {
        try {
          options?.onRead?.(1234, undefined);
          await new Promise((_, reject) =>
            options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)),
          );
          yield* [];
          return [];
        } finally {
          ended = true;
        }
      },
    };
    const app = await at('bin/say');
    app.store.update((state) => ({ ...state, files: { ...state.files!, source: slow } }));
    app.press('v');
    await vi.waitFor(() => expect(viewOf(app).read.bytes).toBe(1234));
    app.press('esc');
    await vi.waitFor(() => expect(ended).toBe(true));
    expect(app.store.get().lastError).toBeUndefined();
  });

  test('scrolls, finds, wraps and shifts', async () => {
    const app = await at('bin/say');
    app.press('v');
    await shown(app);
    app.press('G');
    const last = viewOf(app).top;
    expect(last).toBe(204 - 19);
    app.press('g', '/', ...'ECHO', 'enter');
    expect(app.store.get().toast?.text).toBe('match 1 of 202');
    app.press('N');
    expect(app.store.get().toast?.text).toBe('match 202 of 202');
    expect(viewOf(app).top).toBe(last);
    app.press('/', ...'nowhere', 'enter');
    expect(app.store.get().toast?.text).toBe('"nowhere" is not in this file');
    // The field begins empty, and nothing typed looks for the last text again, also after a search that was left.
    app.press('g', '/', ...'the end', 'enter', 'g', '/', 'enter');
    expect(app.store.get().toast?.text).toBe('match 1 of 1');
    app.press('/', ...'other', 'esc', '/');
    expect(app.store.get().field?.text).toBe('');
    app.press('enter');
    expect(viewOf(app).search).toBe('the end');
    app.press('g', 'l', 'l', 'h');
    expect(viewOf(app).left).toBe(8);
    app.press('W', 'l');
    expect([viewOf(app).left, app.store.get().toast?.text]).toEqual([0, 'all of each line is shown']);
    app.press('y');
    expect(app.copied).toEqual(['/bin/say']);
  });
});

describe('extracting', () => {
  async function to(app: AcmeApp, place: string): Promise<void> {
    app.press('e', 'ctrl+u');
    app.type(place);
    await vi.waitFor(() => {
      const { overlay } = app.store.get();
      expect(overlay?.kind === 'prompt' && overlay.prompt.note([place]).tone).toBe('ok');
    });
    app.press('enter');
  }
  const ended = (app: AcmeApp) => vi.waitFor(() => expect(app.store.get().jobs[0]?.endedAt).toBeDefined());

  test('a folder: as a job, which says where it is', async () => {
    const app = await at('bin');
    const place = join(folder, 'bin-of-it');
    await to(app, place);
    await ended(app);
    const [job] = app.store.get().jobs;
    expect(job).toMatchObject({ kind: 'extract', status: 'done', subject: place });
    expect(readdirSync(place)).toEqual(['say', 'tell', 'void']);
    expect(readFileSync(join(place, 'say'), 'utf8')).toBe(SCRIPT);
    expect(app.store.get().toast).toMatchObject({ tone: 'good' });
    expect(app.store.get().toast?.text).toContain(`extracted to ${place} · 1 file`);
  });

  test('says in which folder a relative name lies', async () => {
    const app = await at('bin/say');
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
    app.press('e');
    cwd.mockRestore();
    mkdirSync(join(folder, 'a folder'));
    const { overlay } = app.store.get();
    const note = (text: string): Promise<string> =>
      vi.waitFor(() => {
        const said = overlay?.kind === 'prompt' ? overlay.prompt.note([text]).text : '';
        expect(said).toMatch(text.startsWith('a') ? /^goes into/ : /file/);
        return said;
      });
    expect(await note('new')).toContain(`a new file in ${folder}, which is yours`);
    expect(await note('a folder')).toBe(`goes into ${folder}/a folder, as say`);
    expect(await note(`${folder}/new`)).toContain('a new file, which is yours');
  });

  test('asks before anything is replaced, and keeps what it is told to', async () => {
    const place = join(folder, 'there');
    mkdirSync(join(place, 'bin'), { recursive: true });
    writeFileSync(join(place, 'bin/say'), 'mine');
    for (const [down, text] of [
      [0, 'mine'],
      [1, 'mine'],
      [2, SCRIPT],
    ] as const) {
      const app = await at('bin');
      await to(app, place);
      await vi.waitFor(() => expect(app.store.get().overlay?.kind).toBe('choice'));
      app.press(...Array.from({ length: down }, () => 'down'), 'enter');
      if (down > 0) await ended(app);
      expect(readFileSync(join(place, 'bin/say'), 'utf8')).toBe(text);
      expect(existsSync(join(place, 'bin/tell'))).toBe(down > 0);
      if (down === 1)
        for (const name of ['tell', 'void']) expect(readdirSync(join(place, 'bin'))).toContain(name);
    }
  });

  test('of the file that is looked at; what cannot be is said at once', async () => {
    const app = await at('zeros');
    app.press('v');
    await shown(app);
    const place = join(folder, 'zeros');
    await to(app, place);
    await ended(app);
    expect(readFileSync(place).equals(Buffer.alloc(100))).toBe(true);
    app.press('e', 'ctrl+u');
    app.type(join(folder, 'no/such/folder'));
    await vi.waitFor(() => {
      const { overlay } = app.store.get();
      const prompt = overlay?.kind === 'prompt' ? overlay.prompt : undefined;
      expect(prompt?.note([prompt.fields[0]!.field.text])).toMatchObject({ tone: 'wrong' });
    });
  });
});

describe('text', () => {
  test('is told from all else', () => {
    expect(isText(Buffer.from('plain\ttext\r\nüber 日本\u001b[0m\n'))).toBe(true);
    expect(isText(Buffer.from('caf\u00e9 in latin-1, and more of it\n', 'latin1'))).toBe(true);
    expect(isText(Buffer.alloc(0))).toBe(true);
    expect(isText(Buffer.from('a\0b'))).toBe(false);
    expect(isText(Buffer.from(Array.from({ length: 300 }, (_, at) => 128 + (at % 120))))).toBe(false);
  });

  test('reaches the screen with nothing that steers it, and tabs where they end', () => {
    expect(shownText('a\tb\u001b[31m\u0007\u007f\u009b\u202e\u200b', 0)).toBe(
      'a       b^[[31m^G^?<009b><202e><200b>',
    );
    expect(shownText('\t', 6)).toBe('  ');
    expect(shownText('\u0001\tx', 0)).toBe('^A      x');
  });

  test('has lines, long ones in parts, and numbers', () => {
    const text = fileText(Buffer.from(`one\r\n\n${'x'.repeat(20_000)}\nlast`));
    expect([...text.numbers]).toEqual([1, 2, 3, 0, 0, 4]);
    expect([text.lines, text.crlf]).toEqual([4, true]);
    const emoji = fileText(Buffer.from(`a${'\u{1f600}'.repeat(6000)}`));
    for (const start of emoji.starts.slice(0, -1))
      expect(emoji.text.codePointAt(start)! < 0xdc00 || emoji.text.codePointAt(start)! > 0xdfff).toBe(true);
    // A character that was cut off with the rest of the file is no strange sign.
    expect(fileText(Buffer.from('日本').subarray(0, 5)).text).toBe('日');
  });

  test('in rows loses nothing, and every place is found again', () => {
    const lines = [
      '',
      'short',
      '日本語'.repeat(40),
      'word '.repeat(60),
      '\t\ttabs\t'.repeat(20),
      'e\u0301'.repeat(90),
    ];
    const text = fileText(Buffer.from(lines.join('\n')));
    const state = acmeState({ columns: 60, rows: 20 });
    const view = {
      text,
      bytes: Buffer.alloc(0),
      wrap: true,
      hex: false,
      left: 0,
      colours: [],
      search: '',
    } as unknown as FileView;
    const rows = fileViewRows(state, view);
    const drawn = Array.from({ length: rows }, (_, row) => {
      const place = rowPlace(state, view, row);
      const shown = fileRowParts(view, place, 54)
        .map(([, part]) => part)
        .join('');
      expect(width(shown)).toBeLessThanOrEqual(54);
      return { line: place.line, shown };
    });
    for (const [line, whole] of lines.entries()) {
      const parts = drawn.filter((row) => row.line === line).map(({ shown }) => shown);
      expect(parts.join('')).toBe(shownText(whole, 0));
      const first = rowOfMatch(state, view, text.starts[line]!);
      expect(rowPlace(state, view, first)).toEqual({ line, nth: 0 });
    }
    expect(rowEnds('', 10)).toEqual([0]);
    expect(rowEnds('abc', 1)).toEqual([1, 2, 3]);
  });

  test('is broken into rows only where no key waits for that', () => {
    const isTooLong = (line: string, times: number): boolean =>
      isTooLongToWrap(fileText(Buffer.from(line.repeat(times))));
    expect([isTooLong('漢字', 10_000), isTooLong('abc', 400_000), isTooLong('\n', 2_000_000)]).toEqual([
      true,
      true,
      true,
    ]);
    expect([isTooLong('abc', 100_000), isTooLong('é\n', 100_000), isTooLong('漢字\n', 10_000)]).toEqual([
      false,
      false,
      false,
    ]);
    const { lines, starts, numbers } = fileText(Buffer.alloc(1_000_000, '\n'));
    expect([lines, starts.length, numbers.length]).toEqual([1_000_000, 1_000_001, 1_000_000]);
  });

  test('has the language that its name or first line says', () => {
    const named = [
      '/a/Dockerfile',
      '/x/app.tsx',
      '/etc/nginx/conf.d/site.conf',
      '/etc/my.cnf',
      '/lib/x.so',
      '/a/.bashrc',
    ];
    expect(named.map((name) => languageOf(name, ''))).toEqual([
      'dockerfile',
      'typescript',
      'nginx',
      'ini',
      undefined,
      'bash',
    ]);
    expect(languageOf('/usr/bin/ldd', '#! /bin/bash\n')).toBe('bash');
    expect(languageOf('/usr/bin/pip', '#!/usr/bin/python3.11\n')).toBe('python');
  });

  test('has the colours that highlight.js says, one over the other', () => {
    const html =
      '<span class="hljs-string">&quot;a<span class="hljs-subst">{<span class="hljs-number">1</span>}</span>&lt;&#x27;</span> &amp;x';
    expect(partsOf(html)).toEqual([
      { from: 0, to: 3, token: 'code-string' },
      { from: 3, to: 4, token: 'code-value' },
      { from: 4, to: 7, token: 'code-string' },
    ]);
  });
});

test('colours come from a thread of their own, which is ended where a text has none in time', async () => {
  const { signal } = new AbortController();
  const parts = await coloursOf({ text: '{"a": 12}', language: 'json' }, signal);
  expect(parts).toContainEqual({ from: 6, to: 8, token: 'code-value' });
  // A grammar needs minutes for this.
  const endless = { text: '0x'.repeat(50_000), language: 'javascript' } as const;
  let turns = 0;
  const timer = setInterval(() => turns++, 10);
  expect(await coloursOf(endless, signal, 300)).toEqual([]);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
  const stop = new AbortController();
  const stopped = coloursOf(endless, stop.signal);
  stop.abort();
  expect(await stopped).toEqual([]);
});
