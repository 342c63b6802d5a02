// One form in the background, with its progress. Rejects when the connection is lost or `signal` says so.

export function send(url, body, { headers = {}, onProgress, signal } = {}) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      onProgress?.(event.lengthComputable ? event.loaded / event.total : 0);
    });
    request.addEventListener("load", () => done({ status: request.status, text: request.responseText }));
    request.addEventListener("error", () => fail(new Error("The connection was lost")));
    request.addEventListener("abort", () => fail(new DOMException("Cancelled", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}
