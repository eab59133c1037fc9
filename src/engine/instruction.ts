/** A history row's command as a person would write it in a Dockerfile. */

/**
 * One line: the shell prefixes, `#(nop)` and builder marks that engines record are taken off.
 * `/bin/sh -c #(nop)  CMD ["sh"]` → `CMD ["sh"]`; `RUN /bin/sh -c npm ci # buildkit` → `RUN npm ci`.
 */
export function tidyInstruction(createdBy: string): string {
  let text = createdBy.replace(/\s+/g, ' ').trim();
  text = text.replace(/ ?# buildkit$/, '');
  const nop = /^(?:\/bin\/sh -c )?#\(nop\) +/.exec(text);
  if (nop !== null) return text.slice(nop[0].length).trim();
  // Classic builders record build arguments in front: `|2 A=1 B=2 /bin/sh -c make`.
  text = text.replace(/^(RUN )?\|\d+ .*?(?=\/bin\/sh -c )/, '$1');
  if (text.startsWith('RUN /bin/sh -c ')) return `RUN ${text.slice('RUN /bin/sh -c '.length)}`;
  if (text.startsWith('/bin/sh -c ')) return `RUN ${text.slice('/bin/sh -c '.length)}`;
  return text;
}
