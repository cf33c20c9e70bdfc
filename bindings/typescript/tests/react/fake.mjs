/** A space in memory. */

/** The error of a real space where nothing is. */
export class NotFoundError extends Error {
  name = 'NotFoundError';
}

/** An error with the name and the code of a real one. */
export const named = (name, code, details) => Object.assign(new Error(`${name} ${code}`), { name, code, details });

const bytes = (data) => (typeof data === 'string' ? new TextEncoder().encode(data) : data);

/** Messages, state and data in memory, with a look at who uses them. */
export class FakeSpace {
  topics = new Map();
  values = new Map();
  /** The streams that are open. */
  streams = new Set();
  /** How many streams there ever were. */
  opened = 0;
  /** Signals of calls. */
  signals = [];
  /** How often values were read. */
  reads = 0;
  /** The promise that readings wait for. */
  gate = Promise.resolve();
  /** The promise that opening a stream waits for. */
  streamGate = Promise.resolve();
  failing = undefined;
  /** Why streams cannot be opened. */
  unreachable = undefined;
  /** The promise that setting a value waits for, made from its text. */
  whenSet = async () => {};
  /** Texts that were set, in order. */
  sets = [];
  /** Contents of the local store: texts of messages by topic, values by place. Undefined without one. */
  local = undefined;
  closed = 0;
  #time = 0;

  store(topicId, text, type = 'chat.text') {
    const topic = this.topics.get(topicId) ?? [];
    this.topics.set(topicId, topic);
    this.#time += 1;
    const message = {
      messageHash: `M${this.#time}`,
      topicId,
      type,
      sender: 'U',
      data: text,
      prevHash: topic.at(-1)?.messageHash ?? null,
      serverTimestamp: this.#time,
    };
    topic.push(message);
    for (const stream of this.streams) if (stream.prefix === undefined) stream.give(message);
    return message;
  }

  async getMessages(topicId, { from, to, limit = 100, signal }) {
    this.signals.push(signal);
    await this.gate;
    if (this.failing) throw this.failing;
    const all = this.topics.get(topicId) ?? [];
    const messages = from > to ? all.slice(-limit) : all.slice(0, limit);
    return { messages, hasMore: all.length > messages.length };
  }

  topic(topicId) {
    return {
      stored: async (limit) => {
        if (!this.local) throw new Error('there is no local store');
        return (this.local.get(topicId) ?? []).slice(-limit);
      },
    };
  }

  #stored(kind) {
    return async (path) => {
      if (!this.local) throw new Error('there is no local store');
      const [sealed, plain] = [`sealed ${kind} ${path}`, `${kind} ${path}`].map((place) => this.local.get(place));
      if (sealed !== undefined) return { data: 'c2VhbGVk', bytes: bytes(sealed) };
      if (plain === undefined) return undefined;
      return {
        data: btoa(plain),
        get bytes() {
          throw new Error('it does not open');
        },
      };
    };
  }

  state = { stored: this.#stored('state') };

  decryptMessageData(message) {
    if (message.data === 'sealed otherwise') throw new Error('it does not open');
    return bytes(message.data);
  }

  async postEncryptedMessage(topicId, type, data) {
    return this.store(topicId, new TextDecoder().decode(bytes(data)), type);
  }

  live({ follow = {}, signal }) {
    return this.#stream(signal, () =>
      Object.entries(follow).flatMap(([topic, anchor]) =>
        (this.topics.get(topic) ?? []).filter((each) => each.serverTimestamp > (anchor?.serverTimestamp ?? 0)),
      ),
    );
  }

  /** A stream of items: first those that `begin` gives. */
  #stream(signal, begin) {
    this.opened += 1;
    this.signals.push(signal);
    const waiting = [];
    let wake = () => {};
    let failure;
    const stream = {
      give: (message) => {
        waiting.push(message);
        wake();
      },
      fail: (error) => {
        failure = error;
        wake();
      },
    };
    let opening;
    const open = () => {
      opening ??= this.streamGate.then(() => {
        signal.throwIfAborted();
        if (this.unreachable) throw this.unreachable;
        this.streams.add(stream);
        waiting.unshift(...begin(stream));
      });
      return opening;
    };
    signal.addEventListener('abort', () => {
      this.streams.delete(stream);
      wake();
    });
    const space = this;
    return {
      open,
      async *[Symbol.asyncIterator]() {
        await open();
        try {
          for (;;) {
            signal.throwIfAborted();
            if (failure) throw failure;
            if (waiting.length > 0) yield waiting.shift();
            else await new Promise((resolve) => (wake = resolve));
          }
        } finally {
          space.streams.delete(stream);
        }
      },
    };
  }

  fail(error) {
    for (const stream of this.streams) stream.fail(error);
  }

  async #read(path, signal) {
    this.reads += 1;
    this.signals.push(signal);
    const value = this.values.get(path);
    await this.gate;
    if (this.failing) throw this.failing;
    if (value === undefined) throw new NotFoundError('nothing is there');
    return bytes(value);
  }

  getEncryptedState(path, { signal }) {
    return this.#read(`sealed state ${path}`, signal);
  }

  getPlaintextState(path, { signal }) {
    return this.#read(`state ${path}`, signal);
  }

  async #set(data) {
    this.sets.push(new TextDecoder().decode(bytes(data)));
    await this.whenSet(this.sets.at(-1));
  }

  async setEncryptedState(path, data) {
    await this.#set(data);
    this.values.set(`sealed state ${path}`, data);
    return this.store('state', 'sealed', path);
  }

  async setPlaintextState(path, data) {
    await this.#set(data);
    this.values.set(`state ${path}`, data);
    return this.store('state', 'plain', path);
  }

  getEncryptedData(path, { signal }) {
    return this.#read(`sealed data ${path}`, signal);
  }

  getPlaintextData(path, { signal }) {
    return this.#read(`data ${path}`, signal);
  }

  async setEncryptedData(path, data) {
    await this.#set(data);
    this.setData(`sealed data ${path}`, path, data);
  }

  async setPlaintextData(path, data) {
    await this.#set(data);
    this.setData(`data ${path}`, path, data);
  }

  setData(place, path, data) {
    this.values.set(place, data);
    for (const stream of this.streams) if (path.startsWith(stream.prefix)) stream.give({ path });
  }

  /** The changes of data; that there is something already is one. */
  data = {
    stored: this.#stored('data'),
    watch: (prefix, { signal }) => {
      if (this.unwatchable) return failing(this.unwatchable);
      const paths = [...this.values.keys()].filter((place) => place.endsWith(` ${prefix}`));
      return this.#stream(signal, (stream) => {
        stream.prefix = prefix;
        return paths.map(() => ({ path: prefix }));
      });
    },
  };
  /** Why data cannot be followed. */
  unwatchable = undefined;

  #status = 'idle';
  /** Listeners to the status. */
  listeners = new Set();

  onStatus(listener) {
    this.listeners.add(listener);
    queueMicrotask(() => this.listeners.has(listener) && listener(this.#status));
    return () => this.listeners.delete(listener);
  }

  tell(status) {
    this.#status = status;
    for (const listener of this.listeners) listener(status);
  }

  async close() {
    this.closed += 1;
  }
}

/** A stream that cannot be opened. */
const failing = (error) => ({
  open: () => Promise.reject(error),
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
});

/** A promise, and what settles it. */
export function gate() {
  let open;
  const promise = new Promise((resolve) => (open = resolve));
  return { promise, open };
}
