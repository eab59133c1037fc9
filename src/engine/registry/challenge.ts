/** What a registry demands. Source: RFC 9110 section 11.6.1, the token authentication of the distribution project. */

export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case: `realm`, `service`, `scope`, `error`. */
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const PARAMETER = /\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/y;
const BETWEEN = /[\s,]*/y;

/** Every challenge of a WWW-Authenticate header, several headers joined by commas; what cannot be read is left out. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  while (at < header.length) {
    match(BETWEEN);
    const scheme = match(TOKEN);
    if (scheme === null) break;
    const parameters: Record<string, string> = {};
    for (let found = match(PARAMETER); found !== null; found = match(PARAMETER)) {
      parameters[found[1]!.toLowerCase()] = found[2]?.replace(/\\(.)/g, '$1') ?? found[3] ?? '';
    }
    challenges.push({ scheme: scheme[0].toLowerCase(), parameters });
    // A lone token68 or anything else unknown belongs to no challenge that can be answered.
    if (at < header.length && !/[\s,]/.test(header[at]!)) at++;
  }
  return challenges;
}

/** The one to answer: a token where tokens are known, else name and password. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters['realm']) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}
