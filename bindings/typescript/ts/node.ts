/** The part of the package for Node only. */

export { FileStore } from './store/file.js';
