/** The machine that numbers were measured on, in a line. */
import { execFileSync } from 'node:child_process';
import { cpus, totalmem, type } from 'node:os';

export function machine(): string {
  const models = cpus();
  const docker = execFileSync('docker', ['--version'], { encoding: 'utf8' }).trim();
  return [
    `${models.length} × ${models[0]?.model.trim() ?? 'unknown processor'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    type(),
    `Node ${process.versions.node}`,
    docker,
  ].join(', ');
}
