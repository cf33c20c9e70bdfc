/** Objects that hold secrets, and are not to show them by accident. */

/** The method that Node's `console.log` asks for what to show. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');
const HIDDEN = '[hidden]';

/**
 * Keeps `secrets` of an object out of `console.log` in Node and out of `JSON.stringify`, which show `[hidden]` instead.
 * They remain ordinary properties: whoever copies the object, or sends it to a worker, has them.
 */
export function conceal<T extends object>(object: T, ...secrets: (keyof T)[]): T {
  const shown = () => ({ ...object, ...Object.fromEntries(secrets.map((name) => [name, HIDDEN])) });
  for (const name of [INSPECT, 'toJSON']) Object.defineProperty(object, name, { value: shown });
  return object;
}
