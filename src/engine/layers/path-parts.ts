/** The names that a path of bytes is made of: names in an image need not be UTF-8. */

const SLASH = 0x2f;

/** Links on one way than more of which nobody writes: those that go round end here. Source: Linux, `MAXSYMLINKS`. */
export const MOST_LINKS = 40;

/** `/usr//lib/` is `usr`, `lib`; a `.` or `..` is a part as all others are. */
export function pathParts(path: Uint8Array): Buffer[] {
  const bytes = Buffer.from(path);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const slash = bytes.indexOf(SLASH, at);
    const end = slash === -1 ? bytes.length : slash;
    if (end > at) parts.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return parts;
}
