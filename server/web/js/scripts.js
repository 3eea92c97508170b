// Scripts that a page may start besides itself, where the browser asks (Trusted Types): those of this server, no other.

/** Makes an address of a script acceptable, if it lies in the folder of ours below `base`. */
export function trustedFrom(base) {
  const ours = new URL("web/", base).href;
  const createScriptURL = (url) => {
    if (!url.startsWith(ours)) throw new TypeError("not one of our scripts");
    return url;
  };
  const policy = globalThis.trustedTypes?.createPolicy("sealcase", { createScriptURL });
  return (url) => policy?.createScriptURL(url) ?? url;
}
