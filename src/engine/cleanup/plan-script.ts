/** A plan as a shell script of docker commands: it deletes exactly the listed ids, and stops when one of them changed. */
import type { EngineInfo } from '../engine.ts';
import { EngineError } from '../errors.ts';
import type { PlanBasis } from '../plan.ts';
import { isDigestName } from '../removal-names.ts';
import { line } from '../text.ts';
import type { CleanupPlan } from './cleanup-plan.ts';
import type { VolumeStep } from './volume-steps.ts';

/** Errors: `unsupported` for the embedded engine, which has no commands of docker's. */
export function planScript(info: EngineInfo, plan: CleanupPlan): string {
  if (info.kind === 'embedded') {
    throw new EngineError({
      code: 'unsupported',
      message: 'a plan for the embedded engine cannot be a script of docker commands',
      hint: 'Keep it as a document and use that: nacre plan --json > FILE, nacre prune --plan FILE.',
    });
  }
  const { containers, buildCache, images, volumes } = plan;
  const bases = new Map(images.basis.map((basis) => [basis.id, basis]));
  const deleted = new Set(images.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])));
  const left = new Map(images.basis.map((basis) => [basis.id, [...basis.names]]));
  const lines = [
    '#!/bin/sh',
    `# A clean-up planned by nacre for ${comment(info.name)} ${comment(info.version)} at ${comment(info.address)}.`,
    `# It frees ${{ exact: '', about: 'about ', 'at-least': 'at least ' }[plan.freed.bound]}${plan.freed.bytes} bytes. It removes what is listed and nothing else,`,
    '# and stops where something is no longer as it was planned. DOCKER names another docker command.',
    'set -eu',
    `docker=\${DOCKER:-docker}`,
    ...FUNCTIONS,
    ...(containers.some(({ stop }) => stop) ? STOP_FUNCTIONS : []),
    ...(volumes.length > 0 ? VOLUME_FUNCTIONS : []),
    '',
    '# Is everything as it was?',
    ...containers.map(({ id, name, stop }) => `container ${quote(id)} ${stop} ${quote(name)}`),
    ...images.basis.map((basis) => check(basis, basis.names)),
    ...volumes.flatMap((volume) =>
      volume.users.length === 0 ? volumeChecks(info, volume) : [`volume ${quote(volume.name)}`],
    ),
    '',
    '# Then it goes.',
    ...containers.flatMap(({ id, name, stop }) => [
      `container ${quote(id)} ${stop} ${quote(name)}`,
      stop
        ? ['end', quote(id), quote(name), ...volumes.map((volume) => quote(volume.name))].join(' ')
        : `"$docker" container rm ${quote(id)}`,
    ]),
    ...buildCache.map(({ id }) => `"$docker" builder prune --force --all --filter ${quote(`id=${id}`)}`),
  ];
  for (const call of images.calls) {
    const basis = bases.get(call.id);
    const names = left.get(call.id) ?? [];
    if (basis !== undefined) lines.push(check(basis, names));
    if (call.force && basis !== undefined) lines.push(`holders ${quote(call.id)} ${basis.containers.length}`);
    // Podman takes parents along in any case, and knows no flag against it before version 4.4.
    const isDocker = info.kind !== 'podman';
    const flags = [...(call.force ? ['--force'] : []), ...(isDocker || call.noPrune ? ['--no-prune'] : [])];
    lines.push(['"$docker" image rm', ...flags, quote(call.target)].join(' '));
    // Each by its id: left to the engine, further ones could go that something has let go of meanwhile.
    for (const entry of isDocker ? call.expected : []) {
      if (entry.action !== 'deleted' || entry.id === call.id || !deleted.has(entry.id)) continue;
      const own = bases.get(entry.id);
      if (own !== undefined) lines.push(check(own, []));
      lines.push(`"$docker" image rm --no-prune ${quote(entry.id)}`);
    }
    const gone = new Set(
      call.expected.flatMap((entry) => (entry.action === 'untagged' ? [entry.reference] : [])),
    );
    left.set(
      call.id,
      names.filter((name) => !gone.has(name)),
    );
  }
  const ended = new Set(containers.flatMap(({ id, stop }) => (stop ? [id] : [])));
  for (const volume of volumes) {
    const remove = `"$docker" volume rm ${quote(volume.name)}`;
    const [used, name] = [volume.users.length > 0, quote(volume.name)];
    // One that was made to go at its end takes its anonymous ones along.
    if (volume.users.some((id) => ended.has(id)))
      lines.push(`gone ${name} || { unused ${name}; ${remove}; }`);
    else lines.push(...(used ? [`unused ${name}`] : volumeChecks(info, volume)), remove);
  }
  return `${lines.join('\n')}\n`;
}

const FUNCTIONS = [
  '',
  'stopped() {',
  '  echo "stopped: $1" >&2',
  '  exit 1',
  '}',
  '',
  '# ID TAGS [NAME...]: the image has that many tags, and every name still means it.',
  'image() {',
  '  id=$1 tags=$2',
  '  shift 2',
  `  now=$("$docker" image inspect --format '{{len .RepoTags}}' "$id" 2>/dev/null) || stopped "image $id is gone"`,
  '  [ "$now" = "$tags" ] || stopped "the names of image $id changed"',
  '  for name in "$@"; do',
  `    now=$("$docker" image inspect --format '{{.Id}}' "$name" 2>/dev/null) || stopped "$name is gone"`,
  `    [ "sha256:\${now#sha256:}" = "$id" ] || stopped "$name is another image now"`,
  '  done',
  '}',
  '',
  '# ID RUNS NAME: the container is there, and runs or does not, as planned.',
  'container() {',
  `  now=$("$docker" container inspect --format '{{.State.Running}}' "$1" 2>/dev/null) || stopped "container $3 is gone"`,
  '  [ "$now" = "$2" ] || stopped "container $3 was started or stopped"',
  '}',
  '',
  '# ID COUNT: that many containers were made from the image.',
  'holders() {',
  '  found=0',
  '  for one in $("$docker" container ls --all --quiet --no-trunc); do',
  `    of=$("$docker" container inspect --format '{{.Image}}' "$one")`,
  `    if [ "sha256:\${of#sha256:}" = "$1" ]; then found=$((found + 1)); fi`,
  '  done',
  '  [ "$found" = "$2" ] || stopped "the containers of image $1 changed"',
  '}',
];

const STOP_FUNCTIONS = [
  '',
  '# ID NAME [VOLUME...]: the container ends and goes, and takes no other volumes along.',
  'end() {',
  '  id=$1 name=$2',
  '  shift 2',
  `  goes=$("$docker" container inspect --format '{{.HostConfig.AutoRemove}}' "$id")`,
  '  if [ "$goes" = true ]; then',
  `    mounted=$("$docker" container inspect --format '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}' "$id")`,
  '    for one in $mounted; do',
  '      case " $* " in *" $one "*) continue ;; esac',
  `      [ \${#one} -ne 64 ] || stopped "volume $one would go with container $name"`,
  '    done',
  '  fi',
  '  "$docker" container stop "$id"',
  '  if [ "$goes" = true ]; then',
  '    while "$docker" container inspect "$id" >/dev/null 2>&1; do sleep 1; done',
  '  else',
  '    "$docker" container rm "$id"',
  '  fi',
  '}',
];

const VOLUME_FUNCTIONS = [
  '',
  '# NAME [MADE]: the volume is there, and is no other one of the same name.',
  'volume() {',
  `  now=$("$docker" volume inspect --format '{{.CreatedAt}}' "$1" 2>/dev/null) || stopped "volume $1 is gone"`,
  `  [ "$now" = "\${2:-$now}" ] || stopped "volume $1 is not the one that was planned"`,
  '}',
  '',
  '# NAME: no container has the volume, nor its folder.',
  'unused() {',
  `  folder=$("$docker" volume inspect --format '{{.Mountpoint}}' "$1")`,
  `  users=$("$docker" container ls --all --quiet --filter "volume=$1" --filter "volume=\${folder:-$1}")`,
  '  [ -z "$users" ] || stopped "volume $1 is used by a container"',
  '}',
  '',
  '# NAME: it went with its container.',
  'gone() {',
  '  ! "$docker" volume inspect "$1" >/dev/null 2>&1',
  '}',
];

/** Of a volume that no container has. Podman's own command writes times in another way than Podman tells them. */
function volumeChecks({ kind }: EngineInfo, { name, made }: VolumeStep): string[] {
  const then = made === undefined || kind === 'podman' ? [] : [quote(made)];
  return [['volume', quote(name), ...then].join(' '), `unused ${quote(name)}`];
}

/** Engines tell digests in ways of their own, so only tags are counted. */
function check(basis: PlanBasis, names: readonly string[]): string {
  const tags = names.filter((name) => !isDigestName(name));
  return ['image', quote(basis.id), `${tags.length}`, ...names.map(quote)].join(' ');
}

/** One word for a shell, whatever is in it. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function comment(text: string): string {
  return line(text).replaceAll('\n', ' ');
}
