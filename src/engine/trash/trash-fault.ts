/** Why something cannot be kept in the trash, in words a person can act on. */
import { EngineError, type ErrorCode } from '../errors.ts';

const WITHOUT = 'or delete without the trash: nacre rmi or prune with --no-trash';

/** Codes of failures that are the disk's or the folder's, and not the engine's. */
const OF_THE_FOLDER: readonly ErrorCode[] = ['no-space', 'read-only', 'permission'];

/** The folder's own faults speak of a store, and how to choose another: that is not how the trash is chosen. */
export function openingFault(error: EngineError, folder: string): EngineError {
  return new EngineError({
    code: error.code,
    message: error.message.replace(`the store ${folder}`, `the trash ${folder}`),
    hint: 'Look at that folder, or set NACRE_TRASH to another.',
    cause: error,
  });
}

/** Whatever kept images from being kept; nothing was deleted then. */
export function keepingFault(error: EngineError, folder: string): EngineError {
  if (error.code === 'cancelled' || isTold(error)) return error;
  if (!OF_THE_FOLDER.includes(error.code) || !error.message.includes(folder)) {
    return new EngineError({
      code: error.code,
      message: `nothing was deleted, because the trash could not keep it first: ${error.message}`,
      // The engine's own faults come with a next step; of the folder's, one more is to go without it.
      hint: error.message.includes(folder)
        ? `Look at that folder, set NACRE_TRASH to another, ${WITHOUT}.`
        : error.hint,
      retryable: error.retryable,
      detail: error.detail,
      cause: error,
    });
  }
  const [why = error.message] = error.message.match(/(?<=: )[^:]*$/) ?? [];
  return new EngineError({
    code: error.code,
    message: `nothing was deleted, because the trash ${folder} could not keep it first: ${why}`,
    hint: `Make room there, set NACRE_TRASH to another folder, ${WITHOUT}.`,
    detail: error.detail,
    cause: error,
  });
}

export function tooLarge(images: number, bytes: number, limit: number): EngineError {
  const [what, take] = images === 1 ? ['the image takes', 'it'] : [`the ${images} images take`, 'they'];
  return new EngineError({
    code: 'no-space',
    message: `${NOTHING}: ${what} ${bytes} bytes, and the trash may have ${limit}, so ${take} cannot be kept`,
    hint: `Raise [trash] size in the settings, delete fewer at a time, ${WITHOUT}.`,
  });
}

/** A trash in the store that it is to protect would go with the image. */
export function sameFolder(folder: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `${NOTHING}: the trash ${folder} is the store that it is to keep images of`,
    hint: `Set NACRE_TRASH to another folder, ${WITHOUT}.`,
  });
}

export function notInTrash(which: string, folder: string): EngineError {
  return new EngineError({
    code: 'not-found',
    message: `no image in the trash ${folder} is called ${which}`,
    hint: 'See what is there with: nacre trash',
  });
}

const NOTHING = 'nothing was deleted';

function isTold({ message }: EngineError): boolean {
  return message.startsWith(NOTHING);
}
