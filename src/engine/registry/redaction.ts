/** URLs and texts as they may be shown: without what opens doors. */
import { redact } from '../redact.ts';

/** Query fields that say what is asked for; every other value may be a signature or a token. */
const HARMLESS = new Set([
  'n',
  'last',
  'digest',
  'mount',
  'from',
  'service',
  'scope',
  'artifactType',
  'client_id',
  'offline_token',
]);

export function redactUrl(url: URL): string {
  const fields = [...url.searchParams].map(([name, value]) =>
    HARMLESS.has(name) ? `${name}=${value}` : `${name}=***`,
  );
  return `${url.origin}${url.pathname}${fields.length === 0 ? '' : `?${fields.join('&')}`}`;
}

/** What must never be shown, wherever a registry may repeat it. */
export class Secrets {
  readonly #known = new Set<string>();

  add(...secrets: readonly string[]): void {
    for (const secret of secrets) {
      // A very short one would be found in every word.
      if (secret.length < 4) continue;
      this.#known.add(secret);
      this.#known.add(encodeURIComponent(secret));
      this.#known.add(Buffer.from(secret).toString('base64'));
    }
  }

  hide(text: string): string {
    let shown = text;
    for (const secret of this.#known) shown = shown.replaceAll(secret, '***');
    return redact(shown);
  }
}
