/** The tags of a repository, page by page. Source: distribution spec, "Listing Tags". */
import { EngineError } from '../errors.ts';
import { isRecord } from '../oci/descriptor.ts';
import type { Call, Exchange } from './exchange.ts';

/** Bytes of a page. */
const LIMIT = 8 * 1024 * 1024;

export interface TagOptions {
  readonly signal?: AbortSignal | undefined;
  /** Tags a page; registries may give fewer. */
  readonly page?: number;
}

/** In the registry's order. Errors: `not-found` for a repository that does not exist, `corrupt`, as Exchange.once. */
export async function* listTags(
  exchange: Exchange,
  repository: string,
  options: TagOptions = {},
): AsyncGenerator<string, void, void> {
  const base = await exchange.base({ doing: `list the tags of ${repository}`, subject: repository });
  const seen = new Set<string>();
  let next: URL | undefined = new URL(`/v2/${repository}/tags/list?n=${options.page ?? 1000}`, base);
  while (next !== undefined) {
    seen.add(next.href);
    const { page, following } = await readPage(exchange, repository, next, options);
    yield* page;
    if (following !== undefined && (seen.has(following.href) || page.length === 0)) {
      throw nonsense(exchange, repository, 'its pages lead in a circle');
    }
    next = following;
  }
}

async function readPage(exchange: Exchange, repository: string, at: URL, options: TagOptions) {
  const call: Call = {
    doing: `list the tags of ${repository}`,
    subject: `repository ${repository}`,
    at,
    headers: { accept: 'application/json' },
    scopes: [`repository:${repository}:pull`],
    expect: [200],
    signal: options.signal,
  };
  const { response, bytes } = await exchange.bytes(call, LIMIT);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw nonsense(exchange, repository, 'the answer is not JSON');
  }
  const tags = isRecord(value) ? (value['tags'] ?? []) : undefined;
  if (!Array.isArray(tags)) throw nonsense(exchange, repository, 'the answer has no tags');
  const page = tags.filter((tag): tag is string => typeof tag === 'string' && TAG.test(tag));
  return { page, following: nextPage(response.headers['link'], at) };
}

/** Anything else is no tag, and not safe to show. */
const TAG = /^\w[\w.-]{0,127}$/;

/** Source: RFC 8288. Always at the same registry: behind a proxy they name a host or port of their own. */
export function nextPage(link: string | undefined, from: URL): URL | undefined {
  for (const [, target = '', parameters = ''] of (link ?? '').matchAll(/<([^>]*)>([^,<]*)/g)) {
    if (!/;\s*rel\s*=\s*"?next"?/i.test(parameters)) continue;
    const url = URL.parse(target, from.href);
    if (url !== null) return new URL(url.pathname + url.search, from);
  }
  return undefined;
}

function nonsense(exchange: Exchange, repository: string, why: string): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `${exchange.address.domain} does not list the tags of ${repository}: ${why}`,
    hint: 'Check that the address is one of a registry.',
  });
}
