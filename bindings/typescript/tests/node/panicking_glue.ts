/** Takes the place of what wasm-bindgen makes, for `panic.test.ts`. */

let listener: ((text: string) => void) | undefined;

export default async function load(): Promise<void> {}

export function onPanic(call: (text: string) => void): void {
  listener = call;
}

/** Does what the panic hook does. */
export function panic(text: string): void {
  listener?.(text);
}
