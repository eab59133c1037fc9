/** Pushing an image to a registry. */
import { EngineError } from '../errors.ts';
import { parseReference, type Reference } from '../reference.ts';
import type { PushOptions, PushResult, Transfer } from '../transfer.ts';
import { pathOf } from './http.ts';
import { inspectImage } from './images.ts';
import { engineName } from './pull.ts';
import { registryTransfer } from './registry-transfer.ts';
import type { Session } from './session.ts';
import { platformQuery } from './transfer-platform.ts';

/** Source: `POST /images/{name}/push`. */
export async function* pushImage(
  session: Session,
  reference: string,
  options: PushOptions = {},
): Transfer<PushResult> {
  const { signal } = options;
  const name = pushedName(reference);
  const shown = name.familiar();
  const isPodman = session.kind === 'podman';
  const detail = await inspectImage(session, isPodman ? name.full() : shown, { ...(signal && { signal }) });
  const platform =
    options.platform === undefined
      ? undefined
      : platformQuery(session, shown, detail, options.platform, '1.46');
  // Podman says nothing until it is done.
  const whole = { type: 'part', id: 'image', done: 0, total: undefined } as const;
  if (isPodman) yield { ...whole, stage: 'uploading', note: 'Podman does not tell how far it is' };
  const call = {
    path: `/images/${pathOf(engineName(session, name))}/push`,
    // Without one, Docker pushes every tag there is.
    query: { tag: name.tag, platform },
  };
  const { digest, size } = yield* registryTransfer(session, 'push', name, call, options);
  if (isPodman) yield { ...whole, stage: 'done' };
  if (digest === '') {
    throw new EngineError({
      code: 'engine',
      message: `cannot tell whether ${shown} was pushed: the engine ended without saying so`,
      hint: "Push it again, and look at the engine's log.",
      retryable: true,
    });
  }
  yield { type: 'resolved', reference: shown, digest, platform: detail.platform };
  return { reference: shown, digest, size };
}

/** Errors: `bad-input`. */
function pushedName(reference: string): Reference {
  const name = parseReference(reference).withDefaultTag();
  if (name.digest === '') return name;
  throw new EngineError({
    code: 'bad-input',
    message: `cannot push ${name.familiar()}: a registry gives the digest, a push the tag`,
    hint: `Leave the digest out: ${name.familiarName}:${name.tag || 'latest'}.`,
  });
}
