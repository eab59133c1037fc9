/**
 * Dockerfile instructions in the narrow form in which Podman reads them as Docker does: one variable, label or port
 * each, nothing to expand, every path whole.
 */
import { applyChanges, type RunConfig } from '../archive/change.ts';
import { EngineError } from '../errors.ts';

/** `base` is what the container has already. Errors: `bad-input`; `unsupported` for a health check. */
export function podmanChanges(changes: readonly string[], base: RunConfig): string[] {
  const before = new Set(base.Env);
  const config = applyChanges(changes, base);
  if (config.Healthcheck !== undefined) {
    throw new EngineError({
      code: 'unsupported',
      message: 'Podman cannot give a health check to the image of a container',
      hint: 'Leave HEALTHCHECK out, or add it with a build.',
    });
  }
  const { Cmd, Entrypoint, User, StopSignal, OnBuild = [] } = config;
  const lines: string[] = [];
  for (const text of config.Env ?? []) if (!before.has(text)) lines.push(`ENV ${quoted(text)}`);
  for (const [name, value] of Object.entries(config.Labels ?? {}))
    lines.push(`LABEL ${quoted(`${name}=${value}`)}`);
  for (const port of Object.keys(config.ExposedPorts ?? {})) lines.push(`EXPOSE ${port}`);
  if (config.Volumes !== undefined) lines.push(`VOLUME ${JSON.stringify(Object.keys(config.Volumes))}`);
  if (config.WorkingDir !== base.WorkingDir) lines.push(`WORKDIR ${config.WorkingDir}`);
  if (User !== undefined) lines.push(`USER ${User}`);
  if (StopSignal !== undefined) lines.push(`STOPSIGNAL ${StopSignal}`);
  for (const trigger of OnBuild) lines.push(`ONBUILD ${trigger}`);
  if (Entrypoint !== undefined) lines.push(`ENTRYPOINT ${JSON.stringify(Entrypoint)}`);
  // A new entrypoint makes an old command void.
  if (Cmd !== undefined || Entrypoint !== undefined) lines.push(`CMD ${JSON.stringify(Cmd ?? [])}`);
  return lines;
}

/** Podman takes away one pair of quotes around a value, and reads all between them as it stands. */
function quoted(pair: string): string {
  const at = pair.indexOf('=');
  const name = pair.slice(0, at);
  return `${/[\s"]/.test(name) ? `"${name}"` : name}="${pair.slice(at + 1)}"`;
}
