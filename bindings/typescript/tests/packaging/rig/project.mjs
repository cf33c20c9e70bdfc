/** The package as it is published, installed into fresh projects. */

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const here = join(import.meta.dirname, '..');
const tools = join(here, 'node_modules');
const apps = join(here, 'apps');
const run = promisify(execFile);

let folder;
let installing;

/** The package that `npm pack` made, and where a project's `node_modules` with it is. Made once. */
export function installed() {
  installing ??= install();
  return installing;
}

async function install() {
  folder = mkdtempSync(join(tmpdir(), 'reeeductio-packaging-'));
  const { stdout } = await npm(join(here, '..', '..'), 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  // A list, or an object by name: versions of npm differ.
  const [pack] = Object.values(JSON.parse(stdout));
  const project = join(folder, 'installed');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"private": true}\n');
  await npm(project, 'install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, pack.filename));
  return { pack, modules: join(project, 'node_modules') };
}

async function npm(cwd, ...args) {
  return await run('npm', args, { cwd });
}

/** A fresh project of `apps/<name>`, with what all apps share. */
export async function project(name) {
  return await projectOf(join(apps, 'shared'), join(apps, name));
}

/** A fresh project of folders: the package is copied into it, as installed, and the tools are linked beside it. */
export async function projectOf(...folders) {
  const { modules } = await installed();
  const root = mkdtempSync(join(folder, 'project-'));
  for (const each of folders) {
    // Files that somebody has installed or built there are not part of it.
    const filter = (path) => !['node_modules', 'dist'].includes(basename(path));
    cpSync(each, root, { recursive: true, filter });
  }
  const own = join(root, 'node_modules');
  cpSync(modules, own, { recursive: true });
  for (const tool of names(tools)) {
    const link = join(own, tool);
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(tools, tool), link);
  }
  return {
    root,
    /** Runs the main file of a tool, or a file of the project, with Node. */
    async node(file, ...args) {
      const { stdout } = await run(process.execPath, [join(root, file), ...args], { cwd: root }).catch(failed);
      return stdout;
    },
  };
}

/** Names of installed packages, `@scope/name` included. */
function names(modules) {
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name]));
}

function failed(error) {
  throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
}

/** Removes everything that was made. */
export function clean() {
  if (folder) rmSync(folder, { recursive: true, force: true });
}
