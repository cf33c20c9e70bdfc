/** The page: what is typed and pressed goes to the conversation, what is said comes onto the page. */

import { AuthenticationError, AuthorizationError, NetworkError } from 'reeeductio';
import { Chat, join, make, type Said } from './chat.js';
import { asked, type Credentials, fresh, linkOf } from './credentials.js';
import { joining, keep, kept, known } from './keys.js';

/** How long to wait before asking a server again that did not answer. */
const PAUSE = 3000;

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const connection = element('connection');
const error = element('error');
const invitation = element('invitation');
const link = element<HTMLInputElement>('link');
const messages = element('messages');
const name = element<HTMLInputElement>('name');
const people = element('people');
const say = element<HTMLFormElement>('say');
const server = element<HTMLInputElement>('server');
const spaces = element('spaces');
const text = element<HTMLTextAreaElement>('text');

let chat: Chat | undefined;
/** The names that people gave themselves, by their ids; empty for who said nothing yet. */
const names = new Map<string, string>();

name.value = localStorage.getItem('name') ?? '';
name.onchange = () => localStorage.setItem('name', name.value);
window.onhashchange = () => attempt(arrive);
window.onoffline = () => (connection.textContent = 'Offline');
window.ononline = () => attempt(arrive);

element('make').onsubmit = (event) => {
  event.preventDefault();
  attempt(async () => {
    const credentials = await fresh(server.value);
    await make(credentials);
    await keep(credentials);
    location.hash = `space=${credentials.spaceId}`;
  });
};

element('invite').onclick = () =>
  attempt(async () => {
    if (!chat) return;
    link.value = linkOf(await chat.invite());
    invitation.hidden = false;
    link.select();
  });

text.onkeydown = (event) => {
  // While a word is being composed, Enter chooses it.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  say.requestSubmit();
};

say.onsubmit = (event) => {
  event.preventDefault();
  attempt(async () => {
    const said = text.value.trim();
    if (!chat || said === '') return;
    text.value = '';
    try {
      await chat.say(name.value.trim() || 'somebody', said);
    } catch (failure) {
      // Whatever has been typed since stays, too.
      text.value = said + text.value;
      throw failure;
    }
  });
};

/** Shows the space that the address names; an invitation in it is accepted first, and taken out of the address. */
async function arrive(): Promise<void> {
  const { spaceId, invitation: invited } = await asked();
  if (spaceId === undefined) return await showSpaces();
  if (invited) {
    // A person who opens the link twice is a member already.
    if (!(await kept(spaceId))) {
      const member = await joining(invited);
      await join(invited, member);
      await keep(member);
    }
    history.replaceState(null, '', `#space=${spaceId}`);
  }
  const credentials = await kept(spaceId);
  if (!credentials) throw new Error('This browser has no keys for that space: ask for an invitation.');
  await showSpaces(spaceId);
  await talk(credentials);
}

/** Shows a conversation, until another one is shown. */
async function talk(credentials: Credentials): Promise<void> {
  await chat?.close();
  const current = new Chat(credentials);
  chat = current;
  names.clear();
  invitation.hidden = true;
  say.hidden = false;
  element('members').hidden = false;
  text.focus();
  while (chat === current) {
    try {
      messages.replaceChildren();
      connection.textContent = 'Connecting …';
      await meet(current);
      for await (const said of current.listen(() => (connection.textContent = 'Connected'))) {
        if (chat !== current) return;
        if (!names.has(said.sender)) await meet(current);
        names.set(said.sender, said.who);
        showPeople();
        show(said, said.sender === current.me);
      }
    } catch (failure) {
      if (chat !== current) return;
      connection.textContent = 'Not connected';
      if (!(failure instanceof NetworkError)) throw failure;
      connection.textContent = `No connection: ${failure.message}. Trying again …`;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/** Looks who is there. */
async function meet(current: Chat): Promise<void> {
  for (const id of await current.members()) names.set(id, names.get(id) ?? '');
  if (chat === current) showPeople();
}

/** Text of others becomes text, never HTML. */
function show({ who, sender, text, at }: Said, mine: boolean): void {
  const line = document.createElement('li');
  line.append(labelled('span', 'who', mine ? `${who} (you)` : who), ' ', labelled('span', 'id', sender.slice(0, 6)), ' ');
  const time = labelled('time', '', at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
  time.setAttribute('datetime', at.toISOString());
  line.append(time, '\n', text);
  messages.append(line);
  line.scrollIntoView({ block: 'nearest' });
}

function showPeople(): void {
  const lines = [...names].map(([id, name]) => {
    const line = document.createElement('li');
    line.append(name || '(said nothing yet)', ' ', labelled('span', 'id', id.slice(0, 6)));
    return line;
  });
  people.replaceChildren(...lines);
}

async function showSpaces(current?: string): Promise<void> {
  const lines = (await known()).map((id) => {
    const line = document.createElement('li');
    const open = document.createElement('a');
    open.href = `#space=${id}`;
    open.textContent = id.slice(0, 12);
    if (id === current) open.setAttribute('aria-current', 'page');
    line.append(open);
    return line;
  });
  spaces.replaceChildren(...lines);
}

function labelled(kind: string, className: string, content: string): HTMLElement {
  const made = document.createElement(kind);
  made.className = className;
  made.textContent = content;
  return made;
}

/** Does something, and says on the page what went wrong. */
async function attempt(work: () => Promise<void>): Promise<void> {
  error.textContent = '';
  try {
    await work();
  } catch (failure) {
    error.textContent = reason(failure);
  }
}

function reason(failure: unknown): string {
  if (failure instanceof AuthenticationError) return `You are no member: ${failure.message}`;
  if (failure instanceof AuthorizationError) return `You may not do that: ${failure.message}`;
  if (failure instanceof NetworkError) return `The server did not answer: ${failure.message}`;
  return failure instanceof Error ? failure.message : String(failure);
}

attempt(arrive);
