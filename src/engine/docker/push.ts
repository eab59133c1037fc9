/** Pushing an image to a registry. */
import { EngineError } from '../errors.ts';
import { parseReference, type Reference } from '../reference.ts';
import type { PushOptions, PushResult, Transfer } from '../transfer.ts';
import { pathOf } from './http.ts';
import { inspectImage } from './images.ts';
import { engineName } from './pull.ts';
import { authLines, registryAuth } from './registry-auth.ts';
import type { Session } from './session.ts';
import { type TransferPurpose, transferFailure, transferRefusal } from './transfer-failure.ts';
import { TransferLines } from './transfer-lines.ts';
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
  const auth = await registryAuth(name.domain, options);
  yield* authLines(name.domain, auth);
  // Podman says nothing until it is done.
  const whole = { type: 'part', id: 'image', done: 0, total: undefined } as const;
  if (isPodman) yield { ...whole, stage: 'uploading', note: 'Podman does not tell how far it is' };
  const purpose: TransferPurpose = {
    verb: 'push',
    subject: shown,
    registry: name.domain,
    credentials: auth.credentials,
    credentialsProblem: auth.problem,
  };
  const lines = new TransferLines({ isPodman, explain: (said) => transferFailure(said, purpose) });
  const rows = session.http.lines({
    method: 'POST',
    path: `/images/${pathOf(engineName(session, name))}/push`,
    // Without one, Docker pushes every tag there is.
    query: { tag: name.tag, platform },
    headers: auth.headers,
    doing: `push ${shown}`,
    subject: shown,
    explain: (status, body) => transferRefusal(status, body, purpose),
    signal,
  });
  for await (const row of rows) yield* lines.read(row);
  yield* lines.finish();
  if (isPodman) yield { ...whole, stage: 'done' };
  const { digest, size } = lines;
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
