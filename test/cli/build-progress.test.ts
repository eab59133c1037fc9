/** A build's events as they are seen: on a terminal that is redrawn in place, in plain lines, and at the end. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import xterm from '@xterm/headless';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BuildMemory } from '../../src/cli/progress/build-memory.ts';
import { failureLines, warningLines } from '../../src/cli/progress/build-report.ts';
import { LiveBuildView } from '../../src/cli/progress/live-build-view.ts';
import { paintFor } from '../../src/cli/progress/paint.ts';
import { PlainBuildView } from '../../src/cli/progress/plain-build-view.ts';
import type { BuildEvent, BuildStep } from '../../src/engine/build.ts';

const AT = Date.parse('2026-01-01T00:00:00Z');

function step(id: string, name: string, facts: Partial<BuildStep> = {}): BuildStep {
  return {
    type: 'step',
    id,
    name,
    stage: '',
    position: undefined,
    of: undefined,
    internal: false,
    inputs: [],
    state: 'running',
    startedAt: AT,
    endedAt: undefined,
    error: '',
    ...facts,
  };
}
const log = (id: string, text: string): BuildEvent => ({ type: 'log', step: id, stream: 'out', text });
const assets = { stage: 'assets', position: 3, of: 4 };
const npm = step('npm', 'RUN npm ci', assets);
const copy = step('copy', 'COPY . .', { stage: '0', position: 2, of: 2 });
const load = step('load', '[internal] load build definition', { internal: true });
const paint = paintFor({
  io: { env: { NO_COLOR: '1' }, stderr: {} } as never,
  options: { noColor: false } as never,
});
const ended = (of: BuildStep, facts: Partial<BuildStep> = {}): BuildStep => ({
  ...of,
  state: 'done',
  endedAt: AT + 12_480,
  ...facts,
});

beforeEach(() => void vi.useFakeTimers({ now: AT }));
afterEach(() => void vi.useRealTimers());

describe('plain lines', () => {
  function plain(...events: readonly (BuildEvent | number)[]): string {
    const stream = new PassThrough({ highWaterMark: 1e6 });
    const view = new PlainBuildView(stream);
    for (const event of events) {
      if (typeof event === 'number') vi.advanceTimersByTime(event);
      else void view.show(event);
    }
    view.end();
    return stream.read()?.toString() ?? '';
  }

  it('number the steps as they begin, and tell what they print and how they end', () => {
    const context = { type: 'part', id: 'context', stage: 'uploading', done: 5, total: undefined } as const;
    expect(
      plain(
        context,
        { ...context, stage: 'done', done: 1_234_567 },
        { ...context, stage: 'done', done: 1_234_567 },
        step('later', 'RUN later', { state: 'waiting' }),
        load,
        ended(load, { endedAt: AT + 40 }),
        npm,
        copy,
        310,
        log('npm', 'added 1 package'),
        {
          type: 'inside',
          step: 'copy',
          id: 'a',
          name: 'downloading sha256:20ee',
          done: 5,
          total: 9,
          ended: false,
        },
        {
          type: 'inside',
          step: 'copy',
          id: 'a',
          name: 'downloading sha256:20ee',
          done: 9e6,
          total: 9e6,
          ended: true,
        },
        {
          type: 'inside',
          step: 'copy',
          id: 'a',
          name: 'downloading sha256:20ee',
          done: 9e6,
          total: 9e6,
          ended: true,
        },
        ended(copy, { state: 'cached' }),
        { type: 'warning', text: 'FromAsCasing', detail: [], url: '', file: 'Dockerfile', line: 1 },
        { type: 'line', topic: 'engine', text: 'of no step' },
        ended(npm),
        ended(npm),
      ),
    ).toBe(
      [
        'context: sent 1.23MB',
        '#1 [internal] load build definition',
        '#1 DONE 0.0s',
        '#2 [assets 3/4] RUN npm ci',
        '#3 [2/2] COPY . .',
        '#2 0.31 added 1 package',
        '#3 downloading sha256:20ee 9MB done',
        '#3 CACHED',
        'engine: of no step',
        '#2 DONE 12.5s',
        '',
      ].join('\n'),
    );
  });

  it('tell errors and cancelled steps, and never more than a line of an instruction', () => {
    const heredoc = step('doc', 'RUN <<EOF\necho 1\nEOF', { stage: '2', position: 1, of: 1 });
    expect(
      plain(
        heredoc,
        npm,
        2000,
        ended(npm, { state: 'failed', error: 'exit code: 3\nmore' }),
        ended(heredoc, { state: 'cancelled', startedAt: undefined }),
      ),
    ).toBe(
      [
        '#1 [stage-2 1/1] RUN <<EOF echo 1 EOF',
        '#2 [assets 3/4] RUN npm ci',
        '#2 ERROR exit code: 3 more',
        '#1 CANCELLED',
        '',
      ].join('\n'),
    );
  });

  it('hold the build up while nobody reads them', async () => {
    const view = new PlainBuildView(new PassThrough({ highWaterMark: 8 }));
    await view.show(step('waiting', 'x', { state: 'waiting' }));
    let through = false;
    void view.show(npm)?.then(() => {
      through = true;
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(through).toBe(false);
  });
});

describe('a terminal', () => {
  const written: (string | readonly [columns: number, rows: number])[] = [];
  beforeEach(() => void written.splice(0));

  function live(columns: number, rows: number) {
    const size = { isTTY: true, columns, rows };
    const stream = Object.assign(new PassThrough(), size);
    stream.on('data', (chunk) => written.push(String(chunk)));
    const memory = new BuildMemory();
    const view = new LiveBuildView(stream, memory, paint);
    return {
      view,
      tell(...events: readonly BuildEvent[]) {
        for (const event of events) {
          memory.add(event, Date.now());
          view.show(event);
        }
      },
      pass: (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds),
      resize(wide: number, high: number) {
        Object.assign(stream, { columns: wide, rows: high });
        written.push([wide, high]);
      },
    };
  }

  /** What a terminal shows of it, blank rows left out. */
  async function screen(columns: number, rows: number): Promise<string[]> {
    vi.useRealTimers();
    await sleep(0);
    const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
    for (const each of written) {
      if (typeof each === 'string') await new Promise<void>((resolve) => terminal.write(each, resolve));
      else terminal.resize(...each);
    }
    const { active } = terminal.buffer;
    return Array.from({ length: active.length }, (_, row) =>
      active.getLine(row)!.translateToString(true),
    ).filter((row) => row !== '');
  }

  it('shows what runs with its last lines, and lets scroll by what has ended', async () => {
    const { tell, pass, view } = live(60, 12);
    tell(load, ended(load, { endedAt: AT + 40 }), npm, copy, ended(copy, { state: 'cached' }));
    tell({ type: 'part', id: 'context', stage: 'done', done: 1_234_567, total: undefined });
    for (let number = 1; number <= 30; number++) tell(log('npm', `line ${number}`));
    tell({ type: 'inside', step: 'npm', id: 'a', name: 'extracting', done: 5e6, total: 9e6, ended: false });
    await pass(1234);
    expect(await screen(60, 12)).toEqual([
      '✓ context 1.23MB',
      '✓ [2/2] COPY . .                                     cached',
      '› [assets 3/4] RUN npm ci                              1.2s',
      '  │ extracting 5MB of 9MB',
      '  │ line 26',
      '  │ line 27',
      '  │ line 28',
      '  │ line 29',
      '  │ line 30',
      'building 1.2s · 1 of 4 steps · 1 cached',
    ]);
    view.end();
  });

  it('is left with the ends alone, in their order', async () => {
    const { tell, pass, view } = live(60, 12);
    const slow = step('slow', '[internal] load metadata', { internal: true });
    tell(npm, copy, slow);
    await pass(500);
    tell(
      ended(npm, { state: 'failed', error: 'exit code: 3' }),
      ended(copy, { state: 'cancelled', endedAt: AT + 13_000 }),
    );
    tell(ended(slow, { endedAt: AT + 900 }), {
      type: 'line',
      topic: 'warning',
      text: 'a socket is left out',
    });
    view.end();
    expect(await screen(60, 12)).toEqual([
      '✓ [internal] load metadata                             0.9s',
      '✗ [assets 3/4] RUN npm ci                             12.5s',
      '· [2/2] COPY . .                                  cancelled',
      'warning: a socket is left out',
    ]);
  });

  it('is never written wider than it is, and narrower ones leave nothing behind', async () => {
    const { tell, pass, resize, view } = live(80, 24);
    const wide = step('wide', `RUN echo ${'漢字'.repeat(40)}`, assets);
    tell(npm, wide, log('wide', '🐳'.repeat(80)), log('npm', 'x'.repeat(500)));
    await pass(300);
    resize(30, 24);
    await pass(200);
    const narrow = await screen(80, 24);
    expect(narrow).toHaveLength(5);
    expect(narrow.map((row) => row.slice(0, 9))).toEqual([
      '› [assets',
      '  │ xxxxx',
      '› [assets',
      expect.stringMatching(/^ {2}│ 🐳/),
      'building ',
    ]);
    vi.useFakeTimers();
    view.end();
  });

  it('that is too low shows how much more there is', async () => {
    const { tell, pass, view } = live(60, 8);
    for (let number = 1; number <= 9; number++) {
      const id = `${number}`;
      tell(step(id, `RUN ${number}`, { stage: `s${number}`, position: 1, of: 1 }), log(id, 'a line'));
    }
    await pass(200);
    const rows = await screen(60, 8);
    expect(rows.length).toBeLessThanOrEqual(7);
    expect(rows[0]).toMatch(/^› \[s1 1\/1\] RUN 1/);
    expect(rows.at(-2)).toMatch(/^… and \d more$/);
    expect(rows.at(-1)).toContain('0 of 9 steps');
    view.end();
  });

  it('says that it is being stopped', async () => {
    const { tell, view } = live(60, 12);
    tell(npm);
    view.stopping();
    expect((await screen(60, 12)).at(-1)).toMatch(/^stopping the build/);
    vi.useFakeTimers();
    view.end();
  });
});

describe('signs and colours', () => {
  const with_ = (env: NodeJS.ProcessEnv, options: object, isTTY = true) =>
    paintFor({
      io: { env, stderr: { isTTY } } as never,
      options: { noColor: false, ascii: false, ...options } as never,
    });
  it('are as the person wants them', () => {
    expect(with_({}, {}).bad('✗')).toBe('\u001b[31m✗\u001b[0m');
    expect(with_({ NO_COLOR: '1' }, {}).bad('✗')).toBe('✗');
    expect(with_({}, {}, false).bad('✗')).toBe('✗');
    expect(with_({}, { noColor: true }).dim('a')).toBe('a');
    expect(with_({}, { ascii: true }).plain('✓ ✗ › │ · …')).toBe('+ x > | , ~');
  });
});

describe('the end', () => {
  const text = ['FROM base AS assets', 'WORKDIR /a', 'COPY . .', 'RUN npm ci', 'RUN later'].join('\n');

  it('shows where the build failed and what was printed last', async () => {
    vi.useRealTimers();
    const memory = new BuildMemory();
    for (let number = 1; number <= 500; number++) memory.add(log('npm', `${number}`), AT);
    memory.add(npm, AT);
    for (let number = 1; number <= 500; number++) memory.add(log('npm', `line ${number}`), AT);
    memory.add(ended({ ...npm, position: 4 }, { state: 'failed', error: 'exit code: 3' }), AT);
    const source = { path: 'web/Dockerfile', text, kind: 'buildkit' } as const;
    const lines = await failureLines(memory, source, paint);
    expect(lines.slice(0, 9)).toEqual([
      '',
      'web/Dockerfile:4',
      '  2 │ WORKDIR /a',
      '  3 │ COPY . .',
      '> 4 │ RUN npm ci',
      '  5 │ RUN later',
      '',
      'Last lines of [assets 4/4] RUN npm ci:',
      '  │ line 481',
    ]);
    expect(lines.slice(-2)).toEqual(['  │ line 500', '']);
    expect((await failureLines(memory, { ...source, text: undefined }, paint))[1]).toMatch(/^Last lines/);
    expect(await failureLines(new BuildMemory(), source, paint)).toEqual([]);
  });

  it('lists warnings with file and line', () => {
    const warning = { type: 'warning', detail: [], file: 'Dockerfile' } as const;
    expect(
      warningLines(
        [
          { ...warning, text: 'Second: b', url: 'https://example.org/b', line: 9 },
          { ...warning, text: 'First: a', url: '', line: 2 },
          { ...warning, text: 'Of no line', url: '', line: undefined },
        ],
        'web/Dockerfile',
      ),
    ).toEqual([
      'warning: Of no line',
      'warning: web/Dockerfile:2: First: a',
      'warning: web/Dockerfile:9: Second: b (https://example.org/b)',
    ]);
  });
});
