/** What can be done with containers; all but listing them is loaded when it is first asked for. */
import type { Containers } from '../container.ts';
import { listContainers } from './containers.ts';
import type { Session } from './session.ts';

/** `onImage` is told before an image is made. */
export function containerServices(session: Session, onImage: () => void): Containers {
  return {
    list: (options) => listContainers(session, options),
    async changes(container, options) {
      const { containerChanges } = await import('./container-changes.ts');
      return containerChanges(session, container, options);
    },
    async commit(container, options) {
      const { commitContainer } = await import('./commit.ts');
      onImage();
      return commitContainer(session, container, options);
    },
    async run(options, streams) {
      const { runContainer } = await import('./run.ts');
      return runContainer(session, options, streams);
    },
    async remove(container, options) {
      const { removeContainer } = await import('./container-removal.ts');
      return removeContainer(session, container, options);
    },
    async stop(container, options) {
      const { stopContainer } = await import('./container-removal.ts');
      return stopContainer(session, container, options);
    },
  };
}
