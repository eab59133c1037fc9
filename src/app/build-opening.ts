/** Shows the screen of a build, over the list of jobs. */
import type { App } from './app.ts';
import { newBuildPage } from './build-page.ts';
import { loadWhole } from './build-whole.ts';

/** `job` is the id of one of kind `build`. */
export function openBuild(app: App, job: string): void {
  app.store.update((state) => ({
    ...state,
    screen: 'jobs',
    page: undefined,
    files: undefined,
    findings: undefined,
    compare: undefined,
    log: undefined,
    jobPlace: { cursor: job, top: state.jobPlace.top },
    jobTop: 0,
    buildPage: newBuildPage(job),
  }));
  loadWhole(app);
}
