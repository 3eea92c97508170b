// The service worker: gives content that a page opens to the browser as a download. It sees nothing but what passes, and
// answers under /web/stream/ only. Its words ("stream", "ping"; "ready", "pull", "cancel"; bytes, "close", "abort") stay as
// they are: pages of earlier versions may still be open.

const waiting = new Map();

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", ({ data, ports: [port] }) => {
  if (data.type !== "stream") return;
  waiting.set(data.id, { ...data, port });
  port.postMessage("ready");
});

self.addEventListener("fetch", (event) => {
  const id = new URL(event.request.url).pathname.split("/").pop();
  const wanted = waiting.get(id);
  if (!wanted) return;
  waiting.delete(id);
  const name = encodeURIComponent(wanted.name).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  event.respondWith(
    new Response(streamFrom(wanted.port), {
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

function streamFrom(port) {
  return new ReadableStream(
    {
      start(controller) {
        port.onmessage = ({ data }) => {
          if (data === "close") controller.close();
          else if (data === "abort") controller.error(new Error("given up"));
          else controller.enqueue(data);
        };
      },
      pull: () => port.postMessage("pull"),
      cancel: () => port.postMessage("cancel"),
    },
    { highWaterMark: 4 },
  );
}
