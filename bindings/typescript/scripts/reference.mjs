/**
 * Writes `docs/reference/typescript.md` from the declarations in `dist`.
 *
 *     node scripts/reference.mjs [--check]
 *
 * With `--check` it writes nothing, and fails if the page is not what it would write.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { declarationsOf, exportsOf, fileDoc, subjectOf, written } from './declarations.mjs';

const here = join(import.meta.dirname, '..');
const types = join(here, 'dist', 'esm');
const page = join(here, '..', '..', 'docs', 'reference', 'typescript.md');

/** Entries beside the main one. */
const ENTRIES = ['react', 'node', 'vault'];
/** The files that most programs begin with come first. */
const FIRST = ['./space', './topic', './values', './keys', './ids'];

const sourceOf = (file) => readFileSync(join(types, `${file}.d.ts`), 'utf8');

/** The declarations of a file, read once. */
const read = new Map();
function declarations(file) {
    if (!read.has(file)) read.set(file, declarationsOf(sourceOf(file)));
    return read.get(file);
}

/** Exports of an entry: `[file, name, as]`. */
function exported(entry) {
    const own = [...declarations(entry).keys()].map((name) => [`./${entry}`, name, name]);
    return [...exportsOf(sourceOf(entry)), ...own];
}

/** A class with those that it extends, as far as they are not exported themselves. */
function withBases(file, entry, own) {
    const base = /\bextends (\w+)/.exec(entry.head)?.[1];
    if (entry.kind !== 'class' || !base || own.has(base)) return [entry];
    const from = new RegExp(`import \\{[^}]*\\b${base}\\b[^}]*\\} from '(.*?)\\.js'`).exec(sourceOf(file))?.[1];
    if (!from) return [entry];
    const next = normalize(join(dirname(file), from));
    return [entry, ...withBases(next, declarations(next).get(base), own)];
}

function* export_([file, name, as], own) {
    const path = normalize(file);
    const entry = declarations(path).get(name);
    if (!entry) throw new Error(`${file} does not declare ${name}`);
    yield `### \`${as}\``;
    if (as !== name) {
        yield `Another name for \`${name}\`.`;
        return;
    }
    const chain = withBases(path, entry, own);
    yield `\`\`\`ts\n${chain.length > 1 ? entry.head.replace(/ extends \w+/, '') : entry.head}\n\`\`\``;
    if (entry.doc) yield written(entry.doc);
    for (const [at, part] of chain.entries()) {
        if (at > 0) yield `#### ${subjectOf(part.doc)}`;
        for (const { signature, doc } of part.members)
            yield `\`\`\`ts\n${signature}\n\`\`\`\n\n${written(doc)}`.trim();
    }
}

function* lines() {
    yield '# TypeScript';
    yield '<!-- Written by `npm run reference` in bindings/typescript. -->';
    yield 'Everything that the package `reeeductio` exports. Start with [its README](../../bindings/typescript/README.md).';
    const entries = ENTRIES.map((entry) => `\`reeeductio/${entry}\``).join(', ');
    yield `The other entries have a section each at the end: ${entries}.`;
    const all = exported('index');
    const own = new Set(all.map(([, name]) => name));
    const files = [...new Set(all.map(([file]) => file))].sort((one, other) => rank(one) - rank(other));
    for (const file of files) {
        yield `## ${subjectOf(fileDoc(sourceOf(file)))}`;
        for (const each of ordered(all.filter(([from]) => from === file))) yield* export_(each, own);
    }
    for (const entry of ENTRIES) {
        yield `## \`reeeductio/${entry}\``;
        yield fileDoc(sourceOf(entry));
        for (const each of ordered(exported(entry))) yield* export_(each, own);
    }
}

/** Functions and classes, and then the types that they take and give. */
function ordered(exports) {
    const isType = ([file, name]) => ['interface', 'type'].includes(declarations(normalize(file)).get(name)?.kind);
    return [...exports.filter((each) => !isType(each)), ...exports.filter(isType)];
}

const rank = (file) => (FIRST.includes(file) ? FIRST.indexOf(file) : FIRST.length);

const text = `${[...lines()].join('\n\n')}\n`;
if (process.argv.includes('--check')) {
    if (readFileSync(page, 'utf8') !== text)
        throw new Error('docs/reference/typescript.md is out of date: npm run reference');
} else {
    writeFileSync(page, text);
}
