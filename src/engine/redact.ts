/** Keeps credentials out of what is said, shown and written down. */
import { line } from './text.ts';

/** Credentials in URLs, headers and JSON as engines and registries repeat them. */
export function redact(text: string): string {
  return (
    line(text)
      .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@"]+@/gi, '$1***@')
      // Signed addresses of a registry's storage open it to anybody for a while.
      .replace(/([?&](?:x-(?:amz|goog)-[\w-]+|signature|sig|verify)=)[^&\s"']+/gi, '$1***')
      .replace(/\b(bearer|basic) +[\w.~+/=-]{8,}/gi, '$1 ***')
      .replace(
        /(["']?\b(?:password|secret|token|identitytoken|registrytoken|auth)["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,}"']+)/gi,
        '$1***',
      )
  );
}
