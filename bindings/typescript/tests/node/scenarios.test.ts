import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { scenarios } from '../scenarios/index.js';
import { repository } from './places.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
before(async () => void (servers = await start()));
after(() => servers.stop());

for (const [id, scenario] of Object.entries(scenarios)) {
  test(id, { timeout: 60_000 }, () => scenario(servers));
}

test('the scenarios are those that every SDK must pass', () => {
  const file = readFileSync(repository('testing', 'scenarios.json'), 'utf8');
  const { scenarios: listed } = JSON.parse(file) as { scenarios: { id: string }[] };
  assert.deepEqual(Object.keys(scenarios).sort(), listed.map(({ id }) => id).sort());
});
