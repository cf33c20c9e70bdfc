/** Shows what the work that the address asks for comes to: `?way=…&server=…`. */
export async function show(ways) {
  const asked = new URLSearchParams(location.search);
  const result = document.createElement('output');
  try {
    result.textContent = await ways[asked.get('way')](asked.get('server'));
  } catch (error) {
    result.textContent = `failed: ${error.stack}`;
  }
  document.body.append(result);
}

/** What a worker answers. */
export function ask(worker, server) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(`the worker failed: ${event.message}`));
    worker.postMessage(server);
  });
}
