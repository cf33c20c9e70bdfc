/**
 * Writes `docs/reference/typescript.md` from the declarations in `dist`.
 *
 *     node scripts/reference.mjs [--check]
 *
 * With `--check` it writes nothing, and fails if the page is not what it would write.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const here = join(import.meta.dirname, '..');
const types = join(here, 'dist', 'esm');
const page = join(here, '..', '..', 'docs', 'reference', 'typescript.md');

/** The exports by the file that declares them, in the order of the index: `[name, as]`. */
function exported() {
    const files = new Map();
    const lists = /^export (?:type )?\{([^}]*)\} from '(.*?)\.js';/gm;
    for (const [, list, file] of readFileSync(join(types, 'index.d.ts'), 'utf8').matchAll(lists)) {
        const names = list
            .split(',')
            .map((item) => item.replace(/\btype /, '').trim())
            .filter(Boolean);
        files.set(file, [...(files.get(file) ?? []), ...names.map((name) => name.split(' as '))]);
    }
    // Entries of their own that programs name beside the main one.
    files.set('./vault', [['Credentials'], ['KeyVault'], ['KeyVaultOptions']]);
    return files;
}

/** The declarations of a file by name: `{doc, head, members}`. */
const read = new Map();
function declarations(file) {
    const known = read.get(file);
    if (known) return known;
    const lines = readFileSync(join(types, `${file}.d.ts`), 'utf8').split('\n');
    const found = new Map();
    read.set(file, found);
    for (let at = 0; at < lines.length; at += 1) {
        const begins = /^export (?:declare )?(class|const|function|interface|type) (\w+)/.exec(lines[at]);
        if (!begins) continue;
        const [, kind, name] = begins;
        const from = at;
        const block = ['class', 'interface'].includes(kind) || /[{([]$/.test(lines[at]);
        if (block) while (!/^[})\]](.*;)?$/.test(lines[at]) && !/\{\}$/.test(lines[at])) at += 1;
        const text = lines.slice(from, at + 1);
        const head = text.join('\n').replace(/^export (declare )?/, '');
        const entry = { kind, doc: docAbove(lines, from), head, members: [], file };
        if (kind === 'class') {
            entry.head = text[0].replace(/ \{\}?$/, '').replace('export declare ', '');
            entry.members = membersOf(text.slice(1, -1));
        }
        // A constant and the type of its values have one name.
        const before = found.get(name);
        found.set(name, before ? { ...entry, head: `${before.head}\n${entry.head}` } : entry);
    }
    return found;
}

/** Members with their signatures, which may be of several lines. */
function membersOf(lines) {
    const members = [];
    for (let at = 0; at < lines.length; at += 1) {
        if (!/^ {4}(?!\*|\/\*|#| )\S/.test(lines[at])) continue;
        const from = at;
        while (!lines[at].endsWith(';')) at += 1;
        const signature = lines
            .slice(from, at + 1)
            .map((line) => line.replace(/^ {4}/, ''))
            .join('\n');
        if (/^(private|constructor)/.test(signature) || /^(static )?\[/.test(signature)) continue;
        members.push({ signature: signature.replace(/;$/, ''), doc: docAbove(lines, from) });
    }
    return members;
}

/** The text of the comment above a line. */
function docAbove(lines, at) {
    let from = at - 1;
    if (!lines[from]?.trim().endsWith('*/')) return '';
    while (!lines[from].trim().startsWith('/**')) from -= 1;
    const text = lines.slice(from, at).join('\n');
    const bare = text
        .replace(/^\s*\/\*\*/, '')
        .replace(/\*\/\s*$/, '')
        .replace(/^\s*\* ?/gm, '');
    return bare.trim();
}

/** A comment as Markdown. */
function written(doc) {
    const [text, ...examples] = doc.split(/^@example\n/m);
    const tags = text.replace(/\{@link ([\w.]+)\}/g, '`$1`').split(/^(?=@)/m);
    const lines = tags.slice(1).map((tag) => {
        const flat = tag.trim().replace(/\s*\n\s*/g, ' ');
        return flat.replace(/^@throws (`\w+`) (.*)$/, '- $1 $2').replace(/^@param (\w+) (.*)$/, '- `$1`: $2');
    });
    return [tags[0].trim(), lines.join('\n'), ...examples.map((each) => each.trim())].filter(Boolean).join('\n\n');
}

/** A class with those that it extends, as far as they are not exported themselves. */
function withBases(entry, own) {
    const base = /\bextends (\w+)/.exec(entry.head)?.[1];
    if (entry.kind !== 'class' || !base || own.has(base)) return [entry];
    const source = readFileSync(join(types, `${entry.file}.d.ts`), 'utf8');
    const from = new RegExp(`import \\{[^}]*\\b${base}\\b[^}]*\\} from '(.*?)\\.js'`).exec(source)?.[1];
    if (!from) return [entry];
    const file = normalize(join(dirname(entry.file), from));
    return [entry, ...withBases(declarations(file).get(base), own)];
}

function* written_page() {
    yield '# TypeScript';
    yield '<!-- Written by `npm run reference` in bindings/typescript. -->';
    yield 'What the package `reeeductio` exports. [Its README](../../bindings/typescript/README.md) is where to begin.';
    const files = exported();
    const own = new Set([...files.values()].flat().map((names) => names[0]));
    // The files that most programs begin with come first.
    const order = ['./space', './keys', './ids'];
    const ordered = [...files].sort(([one], [other]) => rank(order, one) - rank(order, other));
    for (const [file, names] of ordered) {
        const [first] = readFileSync(join(types, `${file}.d.ts`), 'utf8').match(/(?<=^\/\*\*)[^:.]*\w(?=[:. ])/) ?? [
            file,
        ];
        yield `## ${first.replace(/[\s*]+/g, ' ').trim()}`;
        for (const [name, as = name] of names) {
            const entry = declarations(normalize(file)).get(name);
            if (!entry) throw new Error(`${file} does not declare ${name}`);
            yield `### \`${as}\``;
            if (as !== name) {
                yield `Another name for \`${name}\`.`;
                continue;
            }
            const chain = withBases(entry, own);
            yield `\`\`\`ts\n${chain.length > 1 ? entry.head.replace(/ extends \w+/, '') : entry.head}\n\`\`\``;
            if (entry.doc) yield written(entry.doc);
            for (const [at, part] of chain.entries()) {
                if (at > 0) yield `#### ${part.doc}`;
                for (const { signature, doc } of part.members)
                    yield `\`\`\`ts\n${signature}\n\`\`\`\n\n${written(doc)}`.trim();
            }
        }
    }
}

const rank = (order, file) => (order.includes(file) ? order.indexOf(file) : order.length);

const text = `${[...written_page()].join('\n\n')}\n`;
if (process.argv.includes('--check')) {
    if (readFileSync(page, 'utf8') !== text)
        throw new Error('docs/reference/typescript.md is out of date: npm run reference');
} else {
    writeFileSync(page, text);
}
