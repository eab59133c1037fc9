/** What to do about waste: one sentence, in words of the Dockerfile that made the layers. */
import type { LeftoverRule } from './leftover-rules.ts';
import { type LayerStep, stepName, stepNames } from './waste-item.ts';

export interface HiddenFacts {
  /** Without a slash in front. */
  readonly path: string;
  readonly broughtBy: readonly number[];
  readonly hiddenBy: readonly number[];
  /** Of those that hide none of it the layer that carries most, and the one that hides it last. */
  readonly bringer: number;
  readonly hider: number;
  readonly unchanged: boolean;
  readonly owner: boolean;
  readonly mode: boolean;
}

/** Where every installation writes anew what was installed before. */
const PACKAGE_DATABASES =
  /^(?:var\/lib\/(?:dpkg|rpm|pacman|apt)|usr\/(?:lib|share)\/(?:sysimage\/)?rpm|(?:usr\/)?lib\/apk\/db|etc\/ld\.so\.cache|var\/cache\/(?:debconf|ldconfig))/;
const COPIES = /^(?:COPY|ADD)\b/i;
/** All of a root file system in one step: a base image's first. */
const IS_BASE = /^(?:COPY|ADD)\b.*\s\/(?:\s+#.*)?\s*$/i;

export function overwrittenFix(steps: readonly LayerStep[], facts: HiddenFacts): string {
  const { bringer, hider, hiddenBy, unchanged, owner, mode } = facts;
  const [from, by] = [stepName(steps, bringer), stepNames(steps, hiddenBy)];
  const verb = hiddenBy.length > 1 ? 'store' : 'stores';
  if (unchanged && (owner || mode)) {
    const what = owner ? `another owner${mode ? ' and permissions' : ''}` : 'other permissions';
    const it = mode ? 'them' : 'it';
    const flags = [...(owner ? ['--chown'] : []), ...(mode ? ['--chmod'] : [])].join(' ');
    const where = isCopy(steps, bringer) ? `with COPY ${flags} in ${from}` : `in the RUN of ${from}`;
    return `${capital(by)} ${verb} the same contents again for ${what}: set ${it} ${where}`;
  }
  if (unchanged)
    return `${capital(by)} ${verb} the same contents again: leave them out of ${stepName(steps, hider)}`;
  if (PACKAGE_DATABASES.test(facts.path))
    return `Every step that installs packages stores it anew: install all of them in one RUN`;
  if (isBase(steps, bringer))
    return `${capital(by)} ${verb} anew what the base brings: choose a base that has it as it is needed`;
  return `${capital(by)} ${verb} anew what ${from} brought: do both in one step, or copy the result from a stage of its own`;
}

export function deletedFix(
  steps: readonly LayerStep[],
  facts: HiddenFacts,
  rule: LeftoverRule | undefined,
): string {
  const { bringer, hiddenBy } = facts;
  const [from, by] = [stepName(steps, bringer), stepNames(steps, hiddenBy)];
  const deletes = hiddenBy.length > 1 ? 'delete' : 'deletes';
  if (isBase(steps, bringer))
    return `The base brings it and ${by} only ${hiddenBy.length > 1 ? 'hide' : 'hides'} it: choose a smaller base, or copy what is needed into a new one`;
  if (isCopy(steps, bringer))
    return `${capital(by)} ${deletes} what ${from} copied, and that layer keeps it: lend it to the RUN with --mount=type=bind, or copy less`;
  const how = rule === undefined ? 'delete it in the same RUN' : lower(rule.fix);
  return `${capital(by)} ${deletes} what ${from} made, and that layer keeps it: ${how}`;
}

export function leftoverFix(steps: readonly LayerStep[], bringer: number, rule: LeftoverRule): string {
  return isBase(steps, bringer)
    ? `The base brings it, and deleting it later frees nothing: choose a base without it`
    : rule.fix;
}

export function duplicateFix(steps: readonly LayerStep[], bringer: number, files: number): string {
  const from = stepName(steps, bringer);
  const what = files === 1 ? 'one of the two' : 'one of each two';
  return isCopy(steps, bringer)
    ? `If ${what} will do, leave the other out of ${from}, or make it a symbolic link`
    : `If ${what} will do, make the other a link in ${from}: ln, or ln -s`;
}

function isCopy(steps: readonly LayerStep[], layer: number): boolean {
  return COPIES.test(steps[layer]?.createdBy ?? '');
}

function isBase(steps: readonly LayerStep[], layer: number): boolean {
  return layer === 0 && steps.length > 1 && IS_BASE.test(steps[layer]?.createdBy ?? '');
}

function capital(text: string): string {
  return text === '' ? '' : `${text[0]!.toUpperCase()}${text.slice(1)}`;
}

function lower(text: string): string {
  return text === '' ? '' : `${text[0]!.toLowerCase()}${text.slice(1)}`;
}
