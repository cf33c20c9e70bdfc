/** A member of a class. */
export interface Member {
    signature: string;
    doc: string;
}

/** An exported declaration. */
export interface Declaration {
    kind: string;
    doc: string;
    head: string;
    members: Member[];
}

export function declarationsOf(source: string): Map<string, Declaration>;
export function exportsOf(source: string): [file: string, name: string, as: string][];
export function subjectOf(doc: string): string;
export function fileDoc(source: string): string;
export function written(doc: string): string;
