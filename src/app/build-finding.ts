/** Looks for something to build where nacre was started, once there turn out to be no images. */
import type { AppState } from './state.ts';
import type { Store } from './store.ts';

/** Call the result to stop. */
export function findBuildable(store: Store<AppState>, folder: string): () => void {
  const abort = new AbortController();
  const unsubscribe = store.subscribe(() => {
    const { images, listedAt, screen } = store.get();
    if (listedAt === undefined || images.length > 0 || screen !== 'images') return;
    unsubscribe();
    const { signal } = abort;
    import('../engine/context/find-dockerfiles.ts')
      .then(({ findDockerfiles }) => findDockerfiles(folder, { limit: 1, signal }))
      .then(
        ([first]) => {
          if (first !== undefined) store.stream((state) => ({ ...state, buildable: `./${first}` }));
        },
        // It is a help: where nothing can be looked at, nothing is offered.
        () => {},
      );
  });
  return () => {
    unsubscribe();
    abort.abort();
  };
}
