/** What was found in all images, drawn. By name: what is otherwise than in the drawn store, and keys that are pressed then. */
import { withSearch } from '../../src/app/findings.ts';
import type { AppState } from '../../src/app/state.ts';
import { EMPTY_FIELD } from '../../src/app/text-field.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { acmeFindings, freshFindings } from '../app/acme-findings.ts';

const DAMAGED = new EngineError({
  code: 'corrupt',
  message: 'layer 3 of redis:8-alpine is damaged: it ends in the middle',
  hint: 'Pull it again.',
});

const LOST = new EngineError({
  code: 'unreachable',
  message: 'the engine at unix:///var/run/docker.sock does not answer',
  hint: 'Is it still running?  sudo systemctl status docker',
});

const on = (findings: AppState['findings'], change: Partial<AppState> = {}): Partial<AppState> => ({
  marks: new Set(),
  findings,
  ...change,
});

export const FINDINGS_SCENES: Readonly<Record<string, readonly [Partial<AppState>, readonly string[]]>> = {
  'findings-start': [on(freshFindings(13), { field: EMPTY_FIELD }), []],
  'findings-unread': [on(freshFindings(8), { field: EMPTY_FIELD }), [...'**/x/*.so']],
  'findings-asking': [
    on(freshFindings(8), {
      overlay: {
        kind: 'choice',
        choice: {
          title: 'Read 5 images first?',
          rows: [
            'yes: the engine hands out up to 1.86 GB, once',
            'no: look only into the 8 images known already',
          ],
          index: 0,
          verb: 'choose',
          submit: () => {},
        },
      },
    }),
    [],
  ],
  'findings-found': [on(acmeFindings()), []],
  'findings-unfolded': [on(acmeFindings()), ['j', 'enter', 'j', 'j']],
  'findings-hidden': [on(acmeFindings()), ['a', 'j', 'l', 'j', 'j', 'j', 'j']],
  'findings-searching': [
    on(withSearch(acmeFindings(), 'find', { status: 'searching', done: 4, total: 13 })),
    [],
  ],
  'findings-none': [
    on(withSearch(acmeFindings(), 'find', { text: '/etc/nothing', groups: [], hidden: 0, sum: '' })),
    [],
  ],
  'findings-only-hidden': [
    on(withSearch(acmeFindings(), 'find', { text: 'id_rsa', groups: [], hidden: 2, sum: '2 hidden' })),
    [],
  ],
  'findings-failed': [
    on(withSearch(acmeFindings(), 'find', { failed: [{ name: 'redis:8-alpine', error: DAMAGED }] })),
    [],
  ],
  'findings-lost': [
    on(withSearch(acmeFindings(), 'find', { status: 'stopped', groups: [], sum: '', error: LOST })),
    [],
  ],
  'findings-largest': [on(acmeFindings('largest')), ['j', 'enter', 'j']],
  'findings-duplicates': [on(acmeFindings('duplicates')), ['l', 'j']],
};
