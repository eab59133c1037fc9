/** A build by a builder that answers in text: Docker's classic one, or Podman's. Source: `POST /build`. */
import type { BuildResult } from '../../build.ts';
import { authLines } from '../registry-auth.ts';
import { type BuildRun, readAnswer, SentContext } from './build-run.ts';
import { BuildahReader } from './buildah-reader.ts';
import { ClassicReader } from './classic-reader.ts';
import { podmanSecrets } from './podman-secrets.ts';
import { registryConfig } from './registry-config.ts';

export async function runTextBuilder(run: BuildRun): Promise<BuildResult> {
  const { request, options, signal, tell } = run;
  const isPodman = request.builder === 'buildah';
  const config = await registryConfig();
  const found = [...config.auths].flatMap(([domain, auth]) => [...authLines(domain, auth)]);
  if (found.length > 0) await tell(found);
  const sent = new SentContext(run);
  const secrets = await podmanSecrets(isPodman ? (options.secrets ?? []) : []);
  const call = {
    query: { secrets: secrets.query },
    headers: { 'content-type': 'application/x-tar', ...config.headers },
    body: secrets.in(sent),
  };
  const purpose = { dockerfile: request.dockerfile, auths: config.auths };
  const reader = isPodman ? new BuildahReader() : new ClassicReader();
  try {
    return await readAnswer(run, call, reader, purpose);
  } catch (thrown) {
    if (!signal.aborted) throw sent.failure ?? thrown;
    if (isPodman) await tell([{ type: 'line', topic: 'warning', text: GOES_ON }]);
    throw thrown;
  }
}

const GOES_ON =
  'Podman cannot be told to stop: the instruction it is at runs to its end, and nothing after it';
