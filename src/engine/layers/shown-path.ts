/** Names out of images as text: whoever made an image chose them, so they must not steer a terminal or pass for others. */

/**
 * Control characters, separators of lines, what reorders a line, and what nobody sees; but not what joins letters and
 * pictures or chooses how they look: names have these in earnest.
 */
const HOSTILE =
  /(?!\u200c|\u200d|[\ufe00-\ufe0f])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;
const PRINTABLE = { from: 0x20, to: 0x7e };
/** Bytes of the longest character. */
const LONGEST = 4;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Bytes of a name, a path or a link's target as UTF-8; what is no UTF-8 or must not reach a terminal as `\xNN`, byte by
 * byte. A backslash that stands there stays one.
 */
export function shownPath(bytes: Uint8Array): string {
  if (isPlain(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const text = decoded(bytes);
  if (text !== undefined && !HOSTILE.test(text)) return text;
  let shown = '';
  for (let at = 0; at < bytes.length; ) {
    const character = characterAt(bytes, at);
    if (character === undefined) {
      shown += escaped(bytes.subarray(at, at + 1));
      at++;
    } else {
      const part = bytes.subarray(at, at + Buffer.byteLength(character));
      shown += HOSTILE.test(character) ? escaped(part) : character;
      at += part.length;
    }
  }
  return shown;
}

function isPlain(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte < PRINTABLE.from || byte > PRINTABLE.to) return false;
  }
  return true;
}

function characterAt(bytes: Uint8Array, at: number): string | undefined {
  for (let length = 1; length <= LONGEST && at + length <= bytes.length; length++) {
    const text = decoded(bytes.subarray(at, at + length));
    if (text !== undefined) return text;
  }
  return undefined;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function escaped(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
