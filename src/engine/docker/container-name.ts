/** How a container is named in a request. */
import { EngineError } from '../errors.ts';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** The path of a container, given by id, unique id prefix or name. Errors: `bad-input`. */
export function containerPath(container: string): string {
  return `/containers/${containerName(container)}`;
}

/** Source: the engines' own check of names. Errors: `bad-input`, before anything is sent. */
export function containerName(container: string): string {
  const name = container.replace(/^\//, '');
  if (NAME.test(name)) return name;
  throw new EngineError({
    code: 'bad-input',
    message: `${JSON.stringify(container)} cannot be the name of a container`,
    hint: 'A name begins with a letter or digit and goes on with letters, digits, _ . and -.',
  });
}

/** How a container is called in messages: ids short, names as they are. */
export function shownContainer(container: string): string {
  return /^[0-9a-f]{64}$/.test(container) ? container.slice(0, 12) : container.replace(/^\//, '');
}
