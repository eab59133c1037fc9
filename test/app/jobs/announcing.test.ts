import { expect, test, vi } from 'vitest';
import { announceJobs } from '../../../src/app/announcing.ts';
import type { Job } from '../../../src/app/jobs.ts';
import { createTitle, notification } from '../../../src/app/terminal-signals.ts';
import { type AcmeApp, acmeApp, acmeState } from '../acme-app.ts';
import { job } from '../acme-jobs.ts';

const OSC = '\u001b]';
const BEL = '\u0007';

function appWith(jobs: readonly Job[]): AcmeApp {
  return acmeApp(acmeState({ columns: 120, rows: 36 }, { jobs }));
}
const change = (app: AcmeApp, jobs: readonly Job[]): void =>
  app.store.update((state) => ({ ...state, jobs }));

const pull = job({ id: 'a', kind: 'pull', subject: 'ghcr.io/acme/redis:8', status: 'running' });
const quick = job({ id: 'b', kind: 'pull', subject: 'alpine:3', status: 'running' });
const removal = job({
  id: 'c',
  kind: 'remove',
  verb: 'delete',
  subject: '5 images',
  status: 'running',
  steps: { done: 2, total: 4 },
});
const after = (of: Job, status: 'done' | 'failed' | 'cancelled', seconds: number, note = '53.4 MB'): Job => ({
  ...of,
  status,
  note,
  endedAt: of.startedAt + seconds * 1000,
});

test('what took long enough to be left alone is notified of when it ends', () => {
  const app = appWith([pull, quick, removal]);
  const stop = announceJobs(app, { notify: true, title: false });
  change(app, [after(pull, 'done', 9), after(quick, 'done', 2), after(removal, 'cancelled', 9)]);
  expect(app.calls).toEqual(['notify desktop pull ghcr.io/acme/redis:8: 53.4 MB']);
  stop();
  const failing = appWith([pull, { ...quick, origin: 'elsewhere' }]);
  announceJobs(failing, { notify: 'bell', title: false });
  change(failing, [
    after(pull, 'failed', 9, 'not allowed'),
    { ...after(quick, 'done', 9), origin: 'elsewhere' },
  ]);
  expect(failing.calls).toEqual(['notify bell pull ghcr.io/acme/redis:8: failed, not allowed']);
  const silent = appWith([pull]);
  announceJobs(silent, { notify: false, title: false });
  change(silent, [after(pull, 'done', 9)]);
  expect(silent.calls).toEqual([]);
});

test('the title tells of the job that runs, now and then, and is given back', () => {
  vi.useFakeTimers();
  const app = appWith([]);
  const stop = announceJobs(app, { notify: false, title: true });
  change(app, [removal]);
  change(app, [{ ...removal, steps: { done: 3, total: 4 } }]);
  expect(app.calls).toEqual([]);
  vi.advanceTimersByTime(500);
  expect(app.calls).toEqual(['title deleting 5 images 75 % · nacre']);
  change(app, [{ ...quick, origin: 'elsewhere' }]);
  vi.advanceTimersByTime(500);
  expect(app.calls.at(-1)).toBe('title ');
  stop();
  vi.useRealTimers();
});

test('notifications are what the terminal understands, and steer nothing', () => {
  expect(notification('pull a;b\u001b]0;x\u0007: done', {})).toBe(`${OSC}9;pull a,b: done${BEL}`);
  expect(notification('done', { VTE_VERSION: '7800' })).toBe(`${OSC}777;notify;nacre;done${BEL}`);
  expect(notification('done', { TMUX: '/tmp/tmux-0/default,1,0' })).toBe(
    `\u001bPtmux;\u001b${OSC}9;done${BEL}\u001b\\`,
  );
});

test('a title is put by with the first one, and comes back', () => {
  const written: string[] = [];
  const title = createTitle((text) => void written.push(text));
  title.hide();
  title.set('one');
  title.show();
  title.show();
  title.set('two');
  title.show();
  expect(written).toEqual([`\u001b[22;2t${OSC}2;one${BEL}`, `${OSC}2;two${BEL}`]);
  title.hide();
  title.hide();
  expect(written.slice(2)).toEqual([`${OSC}2;${BEL}\u001b[23;2t`]);
  // The terminal is taken again.
  title.show();
  title.set('');
  title.show();
  expect(written.slice(3)).toEqual([`\u001b[22;2t${OSC}2;two${BEL}`, `${OSC}2;${BEL}\u001b[23;2t`]);
});
