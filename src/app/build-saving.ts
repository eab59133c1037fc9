/** Saving what a build printed to a file: that of one step, or all of it. */
import type { App } from './app.ts';
import { builtName } from './build-compare.ts';
import { buildView } from './build-page.ts';
import { suggestPaths } from './completion.ts';
import { logFileName, saveLog, saveNote, timedRow } from './log-saving.ts';
import { lookFor, openPrompt } from './prompting.ts';
import { fieldOf } from './text-field.ts';

const THIS = 'this step';
const ALL = 'the whole build';

export function askSaveLog(app: App): void {
  const view = buildView(app.store.get());
  if (view === undefined) return;
  const { job, step } = view;
  const name = builtName(job);
  const look = lookFor(app);
  openPrompt(app, {
    title: `Save the log of ${name}`,
    verb: 'save',
    fields: [
      { label: 'to', field: fieldOf(logFileName(name)), suggest: (text) => suggestPaths(text, false) },
      step === undefined
        ? { label: 'log of', field: fieldOf(ALL), options: [ALL] }
        : { label: 'log of', field: fieldOf(THIS), options: [THIS, ALL] },
    ],
    note: ([path = '']) => saveNote(path, look),
    submit: ([path = '', what = '']) => {
      const mark = job.build?.order.indexOf(step?.id ?? '');
      void saveLog(app, job.file, path, (line) => {
        if (what === ALL) return timedRow(line);
        return line.step === mark ? line.text : undefined;
      });
    },
  });
}

export function noLogToSave(app: App): string | undefined {
  const view = buildView(app.store.get());
  return view === undefined || view.job.file === '' ? 'this log is on no disk' : undefined;
}
