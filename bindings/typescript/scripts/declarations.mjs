/** Reads declaration files as the compiler writes them: exports, members, and the comments above them. */

/**
 * The exported declarations of a file by name.
 *
 * @param {string} source The text of a `.d.ts` file.
 */
export function declarationsOf(source) {
    const lines = source.split('\n');
    const found = new Map();
    for (let at = 0; at < lines.length; at += 1) {
        const begins = /^export (?:declare )?(?:abstract )?(class|const|function|interface|type) (\w+)/.exec(lines[at]);
        if (!begins) continue;
        const [, kind, name] = begins;
        const from = at;
        at = endOf(lines, at);
        const text = lines.slice(from, at + 1);
        const head = text.join('\n').replace(/^export (declare )?/, '');
        const entry = { kind, doc: docAbove(lines, from), head: plainLinks(head), members: [] };
        if (kind === 'class') {
            entry.head = text[0].replace(/ \{\}?$/, '').replace('export declare ', '');
            entry.members = membersOf(text.slice(1, -1), entry.head);
        }
        // A constant and the type of its values have one name.
        const before = found.get(name);
        found.set(name, before ? { ...entry, head: `${before.head}\n${entry.head}` } : entry);
    }
    return found;
}

/** Exports of a file that other files declare: `[file, name, as]`. */
export function exportsOf(source) {
    const lists = /^export (?:type )?\{([^}]*)\} from '(.*?)\.js';/gm;
    return [...source.matchAll(lists)].flatMap(([, list, file]) => {
        const items = list.split(',').map((item) => item.replace(/\btype /, '').trim());
        return items.filter(Boolean).map((item) => {
            const [name, as = name] = item.split(' as ');
            return [file, name, as];
        });
    });
}

/** The subject of a comment: its first sentence, up to a colon. */
export function subjectOf(doc) {
    const text = doc.replace(/\s+/g, ' ').trim();
    // A dot within a number or a name ends nothing.
    const end = text.search(/[:.](\s|$)/);
    return end < 0 ? text : text.slice(0, end);
}

/** The comment that a file begins with. */
export function fileDoc(source) {
    const [doc = ''] = /\/\*\*[\s\S]*?\*\//.exec(source) ?? [];
    return doc.replace(/^\/\*\*|\*\/$/g, '').replace(/^\s*\* ?/gm, '').trim();
}

/** The last line of the declaration or member that begins at a line. */
function endOf(lines, from) {
    let depth = 0;
    let inComment = false;
    for (let at = from; at < lines.length; at += 1) {
        const line = lines[at].trim();
        inComment ||= line.startsWith('/*');
        if (inComment) {
            inComment = !line.endsWith('*/');
            continue;
        }
        // Brackets within texts are none of the declaration.
        for (const bracket of line.replace(/'[^']*'|"[^"]*"/g, '')) {
            if ('({['.includes(bracket)) depth += 1;
            if (')}]'.includes(bracket)) depth -= 1;
        }
        if (depth === 0 && /[;}]$/.test(line)) return at;
    }
    throw new Error(`a declaration without an end: ${lines[from]}`);
}

/** Public members with their signatures. */
function membersOf(lines, head) {
    const [, implemented] = /\bimplements (\w+)/.exec(head) ?? [];
    const members = [];
    for (let at = 0; at < lines.length; at += 1) {
        if (!/^ {4}[\w#[]/.test(lines[at])) continue;
        const from = at;
        at = endOf(lines, at);
        const signature = lines
            .slice(from, at + 1)
            .map((line) => line.replace(/^ {4}/, ''))
            .join('\n')
            .replace(/;$/, '');
        if (/^(private|protected|#)/.test(signature) || /^(static )?\[/.test(signature)) continue;
        const doc = docAbove(lines, from);
        // Every error has its own.
        if (doc === '' && /^readonly name\b/.test(signature)) continue;
        members.push({
            signature: /^constructor/.test(signature) ? withoutComments(signature) : plainLinks(signature),
            doc: doc || (implemented && !/^constructor/.test(signature) ? `As in {@link ${implemented}}.` : ''),
        });
    }
    return members;
}

/** The parameters of a constructor, whose comments are those of the properties. */
function withoutComments(signature) {
    return signature
        .replace(/\/\*\*[\s\S]*?\*\//g, '')
        .replace(/\s+/g, ' ')
        .replace(/(\() | (\))/g, '$1$2');
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

/** Code has no links. */
function plainLinks(code) {
    return code.replace(/\{@link ([\w.]+)\}/g, '`$1`');
}

/** A comment as Markdown. */
export function written(doc) {
    const [text, ...examples] = doc.split(/^@example\n/m);
    const tags = plainLinks(text).split(/^(?=@)/m);
    const lines = (text.startsWith('@') ? tags : tags.slice(1)).map((tag) => {
        const flat = tag.trim().replace(/\s*\n\s*/g, ' ');
        const line = flat.replace(/^@throws `?(\w+)`? (.*)$/, '- `$1` $2').replace(/^@param (\w+) (.*)$/, '- `$1`: $2');
        if (line.startsWith('@')) throw new Error(`a tag that the reference does not know: ${line}`);
        return line;
    });
    const begin = text.startsWith('@') ? '' : tags[0].trim();
    return [begin, lines.join('\n'), ...examples.map((each) => each.trim())].filter(Boolean).join('\n\n');
}
