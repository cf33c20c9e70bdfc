/** What is for Node alone. */

export { FileStore } from './store/file.js';
