/** Following a registry to its storage, without telling the storage who we are to the registry. */
import { EngineError } from '../errors.ts';
import { redactUrl } from './redaction.ts';
import type { HttpRequest, HttpResponse, Transport } from './transport.ts';

const LIMIT = 10;
const MOVED = new Set([301, 302, 303, 307, 308]);

export interface RedirectRules {
  readonly doing: string;
  /** Whether plain HTTP will do for a host, though the registry speaks TLS. */
  readonly plainAllowed: (url: URL) => boolean;
}

/**
 * Sends a request and follows where it is sent to. `Authorization` goes to the first origin only.
 * What writes is only sent on by 307 and 308, which keep the method. Errors: `corrupt` for a redirect
 * without end or to nowhere, `forbidden` for one out of TLS.
 */
export async function sendFollowing(
  transport: Transport,
  first: HttpRequest,
  rules: RedirectRules,
): Promise<HttpResponse> {
  let request = first;
  for (let hops = 0; ; hops++) {
    const response = await transport.request(request);
    const { status } = response;
    if (!MOVED.has(status) || response.headers['location'] === undefined) return response;
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (!reads && status !== 307 && status !== 308) return response;
    response.discard();
    if (hops === LIMIT) {
      throw failure(rules, request.url, `sends from one place to the next more than ${LIMIT} times`);
    }
    const url = URL.parse(response.headers['location'], request.url.href);
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
      throw failure(rules, request.url, 'sends to a place that has no usable address');
    }
    if (request.url.protocol === 'https:' && url.protocol === 'http:' && !rules.plainAllowed(url)) {
      throw new EngineError({
        code: 'forbidden',
        message: `cannot ${rules.doing}: ${request.url.host} sends to ${redactUrl(url)}, which is not encrypted`,
        hint: 'Ask who runs the registry to serve its storage over TLS, or list that host as insecure in config.toml.',
      });
    }
    const { authorization, ...headers } = request.headers ?? {};
    const keep = authorization !== undefined && url.origin === request.url.origin;
    request = { ...request, url, headers: keep ? { ...headers, authorization } : headers };
  }
}

function failure(rules: RedirectRules, url: URL, what: string): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `cannot ${rules.doing}: ${url.host} ${what}`,
    hint: 'Ask who runs the registry, or try again later.',
    detail: redactUrl(url),
  });
}
