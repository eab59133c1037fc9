import { describe, expect, it } from 'vitest';
import { formatRows } from '../../src/cli/docker-format.ts';
import { UsageError } from '../../src/cli/failure.ts';
import { imageLookup, imageStruct } from '../../src/cli/image-struct.ts';
import { Template } from '../../src/cli/template/template.ts';

const data = {
  Name: 'App',
  Size: 12,
  List: ['a', 'b'],
  Map: { z: '1', y: '2', 'a.b': '3' },
  Empty: [],
  Deep: { Er: { Name: 'in' } },
  Yes: true,
  Nothing: null,
};
const run = (text: string) => new Template(text).execute(data);

describe('templates', () => {
  it.each([
    ['plain', 'plain'],
    ['{{.Name}}/{{.Deep.Er.Name}}', 'App/in'],
    ['{{.List}} {{.Map}} {{.Nothing}} {{.Yes}}', '[a b] map[a.b:3 y:2 z:1] <nil> true'],
    ['{{json .Map}} {{.List | json}}', '{"z":"1","y":"2","a.b":"3"} ["a","b"]'],
    ['{{index .Map "a.b"}}{{index .List 1}}{{index .Map "none"}}|', '3b|'],
    ['{{len .List}}{{len .Name}}{{len .Map}}', '233'],
    ['{{lower .Name}} {{upper .Name}} {{title "two words"}}', 'app APP Two Words'],
    ['{{join .List ", "}} {{split "a:b" ":"}}', 'a, b [a b]'],
    ['{{truncate .Name 2}}|{{pad .Name 1 2}}|', 'Ap| App  |'],
    ['{{println .Name .Size}}x', 'App 12\nx'],
    [
      '{{printf "%-5s|%5d|%05.1f|%q|%v|%%|%x" .Name .Size 1.25 "q" .Yes 255}}',
      'App  |   12|001.2|"q"|true|%|ff',
    ],
    ['{{print 1 2 "a" 3}}', '1 2a3'],
    ['{{if .Empty}}full{{else if .Yes}}yes{{else}}no{{end}}', 'yes'],
    ['{{if and .Yes (gt .Size 10) (not .Empty)}}ok{{end}}', 'ok'],
    ['{{if or .Empty .Nothing}}a{{else}}b{{end}}', 'b'],
    ['{{if eq .Name "x" "App"}}in{{end}}{{if ne .Size 12}}no{{end}}', 'in'],
    ['{{range .List}}<{{.}}{{$.Size}}>{{end}}', '<a12><b12>'],
    ['{{range $i, $e := .List}}{{if $i}},{{end}}{{$e}}{{end}}', 'a,b'],
    ['{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}', 'a.b=3;y=2;z=1;'],
    ['{{range .Empty}}x{{else}}none{{end}}', 'none'],
    ['{{with .Deep.Er}}{{.Name}}{{end}}{{with .Empty}}x{{else}}e{{end}}', 'ine'],
    ['{{$x := .Size}}{{if .Yes}}{{$x = 5}}{{end}}{{$x}}', '5'],
    ['{{(index .List 0) | printf "%s-%s" "x"}}', 'x-a'],
    ['a {{- .Name -}} b {{- /* note */ -}} c', 'aAppbc'],
    ['{{"\\t\\"\\u0041"}}{{`raw\\n`}}', '\t"Araw\\n'],
    ['{{nil}}', '<nil>'],
  ])('%s', (text, result) => {
    expect(run(text)).toBe(result);
  });

  it.each([
    ['{{.Name', '{{'],
    ['{{.Missing}}', 'no field .Missing'],
    ['{{.Name.More}}', 'cannot be read from a string'],
    ['{{constructor .Name}}', 'no function constructor'],
    ['{{nonsense .Name}}', 'no function nonsense'],
    ['{{if .Yes}}open', '{{if}} has no {{end}}'],
    ['{{end}}', 'nothing to end'],
    ['{{define "x"}}{{end}}', 'no {{define}}'],
    ['{{index .List 9}}', 'out of range'],
    ['{{.Name "arg"}}', 'only a function takes arguments'],
    ['{{}}', 'empty'],
    ['{{.Name + 1}}', "'+ 1"],
    ['{{$nope}}', 'no variable $nope'],
    ['{{range .Size}}{{end}}', 'range cannot go over a number'],
    ['{{printf "%d" .Name}}', 'takes a number'],
    ['{{lt .Name 1}}', 'cannot compare'],
    ['{{(.Name}}', '( has no )'],
  ])('refuses %s', (text, why) => {
    const attempt = () => run(text);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(why);
  });
});

describe('formats', () => {
  const fields = {
    ID: { heading: 'THE ID', of: (row: string) => `id-${row}` },
    Name: { heading: 'NAME', of: (row: string) => row },
  };
  const format = (text: string | undefined, quiet = false) =>
    formatRows(['a', '<b>'], fields, { format: text, quiet, table: '{{.Name}}\t{{.ID}}' });

  it('print tables, ids, JSON lines and rows', () => {
    expect(format(undefined)).toBe('NAME      THE ID\na         id-a\n<b>       id-<b>\n');
    expect(format('table')).toBe(format(undefined));
    expect(format(undefined, true)).toBe('id-a\nid-<b>\n');
    expect(format('table {{upper .Name}}\\t{{json .ID}}')).toBe(
      'NAME      THE ID\nA         "id-a"\n<B>       "id-<b>"\n',
    );
    expect(format('{{.Name}}\\t{{.ID}}\\n-')).toBe('a\tid-a\n-\n<b>\tid-<b>\n-\n');
    expect(format('json')).toBe(
      '{"ID":"id-a","Name":"a"}\n{"ID":"id-\\u003cb\\u003e","Name":"\\u003cb\\u003e"}\n',
    );
  });

  it('refuse an unknown field even where there is no row', () => {
    const attempt = () => formatRows([], fields, { format: '{{.Nope}}', quiet: false, table: '' });
    expect(attempt).toThrow('there is no field .Nope (there are .ID .Name)');
  });
});

describe('an inspect answer', () => {
  const answer = imageStruct({
    Id: 'sha256:1',
    RepoTags: null,
    Config: { Entrypoint: null, Labels: null, Volumes: { '/data': {} }, Cmd: ['sh'] },
  });
  const inspect = (text: string) => new Template(text).execute(answer, undefined, imageLookup);

  it('knows nothing as Go knows it', () => {
    expect(
      inspect('{{.ID}} {{.RepoTags}} {{json .RepoTags}} {{.Config.Entrypoint}} {{.Config.Labels}}'),
    ).toBe('sha256:1 [] null [] map[]');
    expect(inspect('{{.Config.Volumes}} {{json .Config.Volumes}}')).toBe('map[/data:{}] {"/data":{}}');
    expect(inspect('{{.Config.Healthcheck}}{{with .Config.Healthcheck}}x{{end}}{{.Config.OnBuild}}')).toBe(
      '<nil>[]',
    );
    expect(inspect('{{index .Config.Labels "x"}}{{len .Config.Entrypoint}}')).toBe('0');
    expect(() => inspect('{{.Confg}}')).toThrow('no field .Confg');
  });
});
