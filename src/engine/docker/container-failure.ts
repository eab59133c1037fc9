/** Why a container could not be made, started, committed or removed, read from what engines and runtimes say. */
import { EngineError, type ErrorCode } from '../errors.ts';
import { StartError } from '../start-error.ts';
import { shownContainer } from './container-name.ts';
import type { Purpose } from './failure.ts';
import { shownName } from './image-name.ts';
import { refusal, refusalMessage } from './refusal.ts';

/** A refused call about a container that should be there. */
export function containerRefusal(
  container: string,
  purpose: Purpose,
): (status: number, body: string) => EngineError {
  return (status, body) => {
    const said = refusalMessage(body);
    if (/no such container|no container with name or ID/i.test(said)) return noContainer(container, said);
    if (/container is running|running container|as it is running/i.test(said)) {
      return new EngineError({
        code: 'in-use',
        message: `cannot ${purpose.doing}: it is still running`,
        hint: 'Stop it first.',
        detail: said,
      });
    }
    const error = refusal(status, body, purpose);
    if (error.code !== 'in-use') return error;
    // The usual words for it are about images, and what holds them.
    return new EngineError({
      code: 'in-use',
      message: `cannot ${purpose.doing}: ${said}`,
      hint: 'Wait until the engine is done with it, and try again.',
      detail: said,
    });
  };
}

export function noContainer(container: string, detail = ''): EngineError {
  return new EngineError({
    code: 'not-found',
    message: `there is no container ${shownContainer(container)} on this engine`,
    hint: 'List the containers again: it may have been removed meanwhile.',
    detail,
  });
}

export function severalContainers(container: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `the ids of several containers begin with ${shownContainer(container)}`,
    hint: 'Give more of the id, or the name.',
  });
}

/** A container that went away while somebody waited for its end; not `not-found`, which is said of images to run. */
export function removedMeanwhile(container: string, detail: string): EngineError {
  return new EngineError({
    code: 'engine',
    message: `the container ${shownContainer(container)} was removed while it ran: its exit code is not known`,
    hint: 'Somebody or something else on this engine removed it: run it again if it is still wanted.',
    detail,
  });
}

interface Objection {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly hint: string;
}

/** What is wrong with what was asked for, where the engines do not say so by their status. */
const OBJECTIONS: readonly Objection[] = [
  {
    pattern: /name .*is already in use/i,
    code: 'bad-input',
    hint: 'Choose another name, or remove that container.',
  },
  {
    pattern: /no such container/i,
    code: 'bad-input',
    hint: 'Name a container that is there; the new one itself may have been removed meanwhile.',
  },
  {
    pattern: /network .*not found|unable to find network|no such network/i,
    code: 'bad-input',
    hint: 'Name a network that the engine has, or none or host.',
  },
  {
    pattern: /unable to find (user|group)|no matching entries in (passwd|group)/i,
    code: 'bad-input',
    hint: 'Name a user that the image knows, or use a number.',
  },
  {
    pattern: /working directory|workdir|cwd must be|chdir to cwd|cannot mkdir/i,
    code: 'bad-input',
    hint: 'Give an absolute path to a directory.',
  },
  {
    pattern: /(invalid|incorrect) (volume|mount|mode)|bind source path|mount path|mount(ing)? .*to rootfs/i,
    code: 'bad-input',
    hint: 'Write volumes as SOURCE:TARGET or SOURCE:TARGET:ro, with an absolute source or the name of a volume.',
  },
  {
    pattern: /no command (or entrypoint )?(specified|provided)/i,
    code: 'bad-input',
    hint: 'The image names none: say which command to run.',
  },
];

/** A container that was not made. */
export function creationRefusal(
  image: string,
  platform: string,
): (status: number, body: string) => EngineError {
  return (status, body) => {
    const said = refusalMessage(body);
    if (
      /no such image|image not known|does not match the specified platform|does not provide the/i.test(said)
    )
      return noImage(image, platform, said);
    return notStarted(image, status, body, said);
  };
}

export function noImage(image: string, platform: string, detail = ''): EngineError {
  return new EngineError({
    code: 'not-found',
    message: `there is no image ${shownName(image)}${platform && ` for ${platform}`} on this engine`,
    hint: 'Pull it first.',
    detail,
  });
}

/**
 * A container that did not start; `command` is what it should have run, `''` for what the image says. Podman makes all
 * ready as soon as somebody attaches, so it may fail then.
 */
export function startRefusal(image: string, command: string): (status: number, body: string) => EngineError {
  return (status, body) => {
    const said = refusalMessage(body).replace(/^preparing container \S+ for attach: /, '');
    const shown = /exec: "([^"]+)"/.exec(said)?.[1] ?? (command || 'its command');
    const cannot = `cannot run ${shown} in ${shownName(image)}`;
    const isExec = /\bexec\b/i.test(said);
    if (isExec && /executable file not found|no such file or directory/i.test(said)) {
      const hint = 'Check its spelling, or give its whole path.';
      return new StartError({ message: `${cannot}: there is no such command`, hint, detail: said }, 127);
    }
    if (isExec && /permission denied|is a directory|not a directory|exec format error/i.test(said)) {
      const hint = 'Name a file that may be executed, for the platform of this engine.';
      return new StartError({ message: `${cannot}: it cannot be executed`, hint, detail: said }, 126);
    }
    return notStarted(image, status, body, said);
  };
}

/** What is in the way of a container is hardly ever another one, though engines answer 409. */
function notStarted(image: string, status: number, body: string, said: string): EngineError {
  const known = objection(image, said) ?? refusal(status, body, { doing: `run ${shownName(image)}` });
  if (known.code !== 'in-use') return known;
  return new EngineError({
    code: 'engine',
    message: `cannot run ${shownName(image)}: ${said}`,
    hint: "Look at the engine's log.",
    detail: said,
  });
}

function objection(image: string, said: string): EngineError | undefined {
  const found = OBJECTIONS.find(({ pattern }) => pattern.test(said));
  if (found === undefined) return undefined;
  const { code, hint } = found;
  return new EngineError({ code, message: `cannot run ${shownName(image)}: ${said}`, hint, detail: said });
}
