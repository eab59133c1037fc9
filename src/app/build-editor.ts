/** Opens the Dockerfile of a build in the person's own editor, at a line. */
import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { App } from './app.ts';
import { buildView } from './build-page.ts';

/** Editors that take `file:line`, with what has to stand before it. */
const AT_COLON: Readonly<Record<string, readonly string[]>> = {
  code: ['--goto'],
  'code-insiders': ['--goto'],
  codium: ['--goto'],
  cursor: ['--goto'],
  windsurf: ['--goto'],
  subl: [],
  zed: [],
  hx: [],
  helix: [],
};

/** What the editor is started with; `line` from 1, undefined for the file alone. */
export function editorArguments(editor: string, file: string, line: number | undefined): readonly string[] {
  if (line === undefined) return [file];
  const program = basename(editor.trim().split(/\s+/)[0] ?? '');
  const lead = AT_COLON[program];
  return lead === undefined ? [`+${line}`, file] : [...lead, `${file}:${line}`];
}

/** `$VISUAL`, else `$EDITOR`, else vi. */
export function editorOf(env: Readonly<Record<string, string | undefined>>): string {
  return env['VISUAL']?.trim() || env['EDITOR']?.trim() || 'vi';
}

/** At the line of the step under the cursor, or of the warning. */
export async function editDockerfile(app: App): Promise<void> {
  const view = buildView(app.store.get());
  if (view === undefined) return;
  const { job, step, page } = view;
  const warning = page.warning === undefined ? undefined : view.warnings[page.warning];
  const file = await fileOf(job.build?.file ?? '', warning?.file ?? '');
  if (file === undefined) {
    app.say('bad', 'the Dockerfile of this build is not a file here');
    return;
  }
  const line =
    warning === undefined
      ? ((await lineOf(file, step, job.build?.builder)) ?? lineIn(job.failure?.message ?? ''))
      : warning.line;
  const editor = editorOf(process.env);
  let problem = '';
  await app.lend(async () => {
    problem = await runEditor(editor, editorArguments(editor, file, line));
  });
  if (problem !== '') app.say('bad', problem);
  else if (line === undefined) app.say('plain', 'the line of this step is not known: it opened at the top');
}

/** A warning names its file as the builder knows it: one beside the Dockerfile, or the Dockerfile itself. */
async function fileOf(dockerfile: string, named: string): Promise<string | undefined> {
  if (dockerfile === '') return undefined;
  const other = named === '' ? dockerfile : join(dirname(dockerfile), basename(named));
  for (const file of [other, dockerfile]) {
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() === true) return file;
  }
  return undefined;
}

type View = NonNullable<ReturnType<typeof buildView>>;

/** As the file is now: it may have been edited since the build. */
async function lineOf(
  file: string,
  step: View['step'],
  builder: NonNullable<View['job']['build']>['builder'],
): Promise<number | undefined> {
  if (step === undefined || step.internal) return undefined;
  const { lineOfStep, parseDockerfile } = await import('../engine/context/dockerfile.ts');
  return lineOfStep(await parseDockerfile(await readFile(file, 'utf8')), step, builder ?? 'buildkit');
}

/** The line that a failure names: `Dockerfile, line 3: unknown instruction`. */
function lineIn(message: string): number | undefined {
  const line = /\bline (\d+)\b/.exec(message)?.[1];
  return line === undefined ? undefined : Number(line);
}

/** Why it could not be run, `''` when it was. */
function runEditor(editor: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    // The variables hold a command line, as git and crontab read them.
    const child = spawn('/bin/sh', ['-c', `${editor} "$@"`, editor, ...args], { stdio: 'inherit' });
    child.on('error', (error) => resolve(`cannot start ${editor}: ${error.message}`));
    child.on('exit', (code) => {
      resolve(code === 127 ? `there is no editor ${editor}: set VISUAL or EDITOR` : '');
    });
  });
}
