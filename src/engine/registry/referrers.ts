/** What refers to a manifest: signatures, SBOMs and the like. Source: distribution spec, "Listing Referrers". */
import { EngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { hexOf } from '../oci/digest.ts';
import { MANIFEST_LIMIT, readManifest } from '../oci/manifest.ts';
import { OCI_INDEX } from '../oci/media-type.ts';
import type { Call, Exchange } from './exchange.ts';
import { RegistryError } from './failure.ts';
import { getManifest } from './manifests.ts';
import { nextPage } from './tags.ts';

export interface ReferrerOptions {
  readonly signal?: AbortSignal | undefined;
  /** Only such as carry this type. */
  readonly artifactType?: string;
}

/**
 * Registries that do not know the question keep the list under a tag made of the digest.
 * Errors: `corrupt`, as Exchange.once; no referrers are none.
 */
export async function listReferrers(
  exchange: Exchange,
  repository: string,
  digest: string,
  options: ReferrerOptions = {},
): Promise<Descriptor[]> {
  const found =
    (await ask(exchange, repository, digest, options)) ?? (await underTag(exchange, repository, digest));
  const { artifactType } = options;
  // The filter is a wish that a registry need not fulfil.
  return artifactType === undefined ? found : found.filter((one) => one.artifactType === artifactType);
}

async function ask(
  exchange: Exchange,
  repository: string,
  digest: string,
  options: ReferrerOptions,
): Promise<Descriptor[] | undefined> {
  const doing = `list what refers to ${repository}@${digest}`;
  const base = await exchange.base({ doing, subject: repository });
  const type = options.artifactType;
  const query = type === undefined ? '' : `?artifactType=${encodeURIComponent(type)}`;
  const found: Descriptor[] = [];
  const seen = new Set<string>();
  let next: URL | undefined = new URL(`/v2/${repository}/referrers/${digest}${query}`, base);
  while (next !== undefined && !seen.has(next.href)) {
    seen.add(next.href);
    const call: Call = {
      doing,
      subject: `list of referrers in ${repository}`,
      at: next,
      headers: { accept: OCI_INDEX },
      scopes: [`repository:${repository}:pull`],
      expect: [200, 404, 405],
      signal: options.signal,
    };
    const { response, bytes } = await exchange.bytes(call, MANIFEST_LIMIT);
    // Some answer every unknown path with a page of their own.
    if (response.status !== 200 || !/json/.test(response.headers['content-type'] ?? '')) return undefined;
    const index = readManifest(bytes, OCI_INDEX, `the list of referrers of ${repository}`);
    if (index.kind !== 'index') {
      throw new EngineError({
        code: 'corrupt',
        message: `cannot ${doing}: the answer is no list`,
        hint: 'Ask who runs the registry.',
      });
    }
    found.push(...index.manifests);
    next = nextPage(response.headers['link'], next);
  }
  return found;
}

/** Source: distribution spec, "Referrers Tag Schema". */
async function underTag(exchange: Exchange, repository: string, digest: string): Promise<Descriptor[]> {
  try {
    const { content } = await getManifest(exchange, repository, `sha256-${hexOf(digest)}`);
    return content.kind === 'index' ? [...content.manifests] : [];
  } catch (thrown) {
    if (thrown instanceof RegistryError && thrown.code === 'not-found') return [];
    throw thrown;
  }
}
