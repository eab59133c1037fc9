/** Text from stdin, such as a password. */
import { EngineError } from '../engine/errors.ts';

/** Far more than any password or token. */
const LIMIT = 64 * 1024;

/** All of it, as text. Errors: `bad-input` for too much; rejects when aborted. */
export async function readAll(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  const stop = () => stdin.destroy(signal.reason as Error);
  signal.throwIfAborted();
  signal.addEventListener('abort', stop, { once: true });
  try {
    let text = '';
    for await (const chunk of stdin.setEncoding('utf8')) {
      text += chunk;
      if (text.length > LIMIT) {
        throw new EngineError({
          code: 'bad-input',
          message: 'stdin holds more than any password would',
          hint: 'Send the password alone.',
        });
      }
    }
    return text;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
