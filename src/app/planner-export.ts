/** Writing the plan that is shown to a file: as a script of docker commands, or as a document for `nacre prune --plan`. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { planFile } from '../engine/cleanup/plan-file.ts';
import { planScript } from '../engine/cleanup/plan-script.ts';
import type { EngineInfo } from '../engine/engine.ts';
import type { App } from './app.ts';
import { expandHome, suggestPaths } from './completion.ts';
import { type Found, look } from './file-look.ts';
import type { Note } from './overlay.ts';
import { freshWork } from './planned.ts';
import type { PlannerWork } from './planner-work.ts';
import { lookFor, openPrompt } from './prompting.ts';
import { fieldOf } from './text-field.ts';

const FORMS = ['shell script', 'JSON plan'] as const;
const BY_ENDING = 'by the ending';

interface Writing {
  readonly path: string;
  readonly json: boolean;
}

export function askExport(app: App): void {
  const work = freshWork(app.store.get());
  const { connection } = app.store.get();
  const info = connection.status === 'connecting' ? undefined : connection.info;
  if (work === undefined || info === undefined) {
    app.say('plain', 'the plan is still being worked out');
    return;
  }
  const isScriptable = info.kind !== 'embedded';
  const lookAt = lookFor(app);
  openPrompt(app, {
    title: 'Write this plan to a file',
    verb: 'write',
    fields: [
      {
        label: 'to',
        field: fieldOf(isScriptable ? 'clean-up.sh' : 'clean-up.json'),
        suggest: (text) => suggestPaths(text, false),
      },
      {
        label: 'as',
        field: fieldOf(BY_ENDING),
        options: isScriptable ? [BY_ENDING, ...FORMS] : [FORMS[1]],
      },
    ],
    note: (answers) => exportNote(answers, info, lookAt),
    submit: (answers) => {
      const writing = readWriting(answers, info);
      void look(writing.path).then((found) => {
        if (found === 'file') askOverwrite(app, work, info, writing);
        else void write(app, work, info, writing, false);
      });
    },
  });
}

function readWriting([typed = '', form = '']: readonly string[], info: EngineInfo): Writing {
  const path = resolve(expandHome(typed.trim()));
  const json = info.kind === 'embedded' || form === FORMS[1] || (form !== FORMS[0] && /\.json$/i.test(path));
  return { path, json };
}

function exportNote(answers: readonly string[], info: EngineInfo, lookAt: (path: string) => Found): Note {
  if ((answers[0] ?? '').trim() === '') return { tone: 'advice', text: 'a file to write' };
  const { path, json } = readWriting(answers, info);
  const found = lookAt(path);
  if (found === 'folder') return { tone: 'advice', text: 'this is a folder: add a file name' };
  const folder = dirname(path);
  if (lookAt(folder) === 'nothing') return { tone: 'wrong', text: `there is no folder ${folder}` };
  const exists = found === 'file' ? ' · it exists: you are asked before it is replaced' : '';
  const what = json
    ? 'a document: nacre prune --plan FILE does exactly this'
    : 'docker commands that check first and remove what is listed, nothing else';
  return { tone: 'ok', text: `${what}${exists}` };
}

function askOverwrite(app: App, work: PlannerWork, info: EngineInfo, writing: Writing): void {
  app.store.update((state) => ({
    ...state,
    overlay: {
      kind: 'choice',
      choice: {
        title: `${writing.path} exists`,
        rows: ['keep it', 'replace it'],
        index: 0,
        verb: 'choose',
        submit: (index) => {
          if (index === 1) void write(app, work, info, writing, true);
        },
      },
    },
  }));
}

/** What is written, whole: nothing of it can have changed since it was shown. */
export function exportText(work: PlannerWork, info: EngineInfo, json: boolean): string {
  return json ? `${JSON.stringify(planFile(info, work.plan), null, 2)}\n` : planScript(info, work.plan);
}

async function write(
  app: App,
  work: PlannerWork,
  info: EngineInfo,
  { path, json }: Writing,
  overwrite: boolean,
): Promise<void> {
  const mode = json ? 0o644 : 0o755;
  try {
    const text = exportText(work, info, json);
    const target = overwrite ? `${path}.${randomUUID()}` : path;
    const file = await open(target, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.close();
      if (overwrite) await rename(target, path);
    } catch (thrown) {
      await file.close().catch(() => {});
      await rm(target, { force: true });
      throw thrown;
    }
    app.say('good', `wrote the plan to ${path}${json ? ' · nacre prune --plan does it' : ''}`);
  } catch (thrown) {
    app.fail('the plan was not written', thrown);
  }
}
