// The service worker: gives content that a page opens to the browser as a download. It sees nothing but what passes, and
// answers under /web/stream/ only. Its words ("stream", "ping"; "ready", "alive", "pull", "cancel"; bytes, "close", "abort")
// stay as they are: pages of earlier versions may still be open.

const ROOM = 4; // pieces of a mebibyte, most of them
const waiting = new Map();
const open = new Map(); // ports of the streams that are not over

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", ({ data, ports: [port] }) => {
  if (data.type === "ping") open.get(data.id)?.postMessage("alive");
  if (data.type !== "stream") return;
  waiting.set(data.id, { ...data, port });
  open.set(data.id, port);
  port.postMessage("ready");
});

self.addEventListener("fetch", (event) => {
  const id = new URL(event.request.url).pathname.split("/").pop();
  const wanted = waiting.get(id);
  if (!wanted) return;
  waiting.delete(id);
  const name = encodeURIComponent(wanted.name).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  event.respondWith(
    new Response(streamFrom(wanted), {
      headers: {
        "Content-Type": "application/octet-stream",
        "Content-Length": String(wanted.size),
        "Content-Disposition": `attachment; filename*=UTF-8''${name}`,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
      },
    }),
  );
});

/** Asks for as many pieces as there is room for and no more: what is asked for and what waits are `ROOM` at most, together. */
function streamFrom({ id, port }) {
  let asked = 0;
  return new ReadableStream(
    {
      start(controller) {
        port.onmessage = ({ data }) => {
          if (typeof data !== "string") {
            asked--;
            return controller.enqueue(data);
          }
          open.delete(id);
          if (data === "close") controller.close();
          else controller.error(new Error("given up"));
        };
      },
      pull(controller) {
        for (; asked < controller.desiredSize; asked++) port.postMessage("pull");
      },
      cancel() {
        open.delete(id);
        port.postMessage("cancel");
      },
    },
    { highWaterMark: ROOM },
  );
}
