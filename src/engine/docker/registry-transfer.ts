/** A call by which the engine itself talks to a registry: who we are goes along, and its lines are told as events. */
import type { Reference } from '../reference.ts';
import type { RegistryOptions, TransferEvent } from '../transfer.ts';
import type { Call } from './http.ts';
import { authLines, registryAuth } from './registry-auth.ts';
import type { Session } from './session.ts';
import { type TransferPurpose, transferFailure, transferRefusal } from './transfer-failure.ts';
import { TransferLines } from './transfer-lines.ts';

/** Returns what the lines said. Errors: those of transfer-failure.ts. */
export async function* registryTransfer(
  session: Session,
  verb: 'pull' | 'push',
  name: Reference,
  call: Pick<Call, 'path' | 'query'>,
  options: RegistryOptions,
): AsyncGenerator<TransferEvent, TransferLines, void> {
  const subject = name.familiar();
  const auth = await registryAuth(name.domain, options);
  yield* authLines(name.domain, auth);
  const purpose: TransferPurpose = {
    verb,
    subject,
    registry: name.domain,
    credentials: auth.credentials,
    credentialsProblem: auth.problem,
  };
  const lines = new TransferLines({
    isPodman: session.kind === 'podman',
    explain: (said) => transferFailure(said, purpose),
  });
  const rows = session.http.lines({
    ...call,
    method: 'POST',
    headers: auth.headers,
    doing: `${verb} ${subject}`,
    subject,
    explain: (status, body) => transferRefusal(status, body, purpose),
    signal: options.signal,
  });
  for await (const row of rows) yield* lines.read(row);
  yield* lines.finish();
  return lines;
}
