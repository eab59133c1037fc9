/** `Name: value` lines, as mail has them: dpkg's status, and the metadata of Python packages. */

/** Those of `names`, one set for each paragraph; lines that go on are left out. Source: deb822(5). */
export function* paragraphs(text: string, names: readonly string[]): Generator<ReadonlyMap<string, string>> {
  let fields = new Map<string, string>();
  let isEmpty = true;
  for (const line of linesOf(text)) {
    if (line.trim() === '') {
      if (!isEmpty) yield fields;
      fields = new Map();
      isEmpty = true;
      continue;
    }
    isEmpty = false;
    const colon = line.indexOf(':');
    if (colon <= 0 || line[0] === ' ' || line[0] === '\t') continue;
    const name = line.slice(0, colon);
    if (names.includes(name) && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  if (!isEmpty) yield fields;
}

const NEWLINE = 0x0a;

/** One by one: a list of all lines can take far more room than the text. Of empty ones in a row only the first is told. */
export function* linesOf(text: string): Generator<string> {
  let from = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
    yield text.slice(from, end);
    const isEmpty = from === end;
    from = end + 1;
    while (isEmpty && text.charCodeAt(from) === NEWLINE) from++;
  }
  yield text.slice(from);
}
