/** What can be done with volumes; all of it is loaded when it is first asked for. */
import type { Volumes } from '../volume.ts';
import type { Session } from './session.ts';

export function volumeServices(session: Session): Volumes {
  const load = () => import('./volumes.ts');
  return {
    list: async (options) => (await load()).listVolumes(session, options),
    inspect: async (name, options) => (await load()).inspectVolume(session, name, options),
    goingWith: async (container, options) => (await load()).volumesGoingWith(session, container, options),
    remove: async (name, options) => (await load()).removeVolume(session, name, options),
  };
}
